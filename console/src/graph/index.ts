/** The graph of a workflow, as Studio, state machine and execution show it. */
export { startTemplateDrag } from './drag';
export { GraphLegend } from './legend';
export { statusLooks } from './looks';
export { ServiceTile, StateTile, TileView, TypeTile } from './tile';
export type { GraphHandle, GraphProps } from './types';
export { WorkflowGraph } from './workflow-graph';
