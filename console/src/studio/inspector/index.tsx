import Box from '@cloudscape-design/components/box';
import { useStore } from 'zustand';
import type { StudioStore } from '../store';

export interface InspectorProps {
  store: StudioStore;
}

/** The Studio's right pane: everything about what is selected. */
export function Inspector({ store }: InspectorProps) {
  const selection = useStore(store, (studio) => studio.selection);
  return <Box padding="m">{selection.length === 0 ? 'Workflow' : `${selection.length} selected`}</Box>;
}
