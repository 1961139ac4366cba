/** The drawing as one SVG document that stands by itself: real text, no style sheet, no script. */
import type { StatePath, Workflow } from '../asl/types';
import type { NodeStatus, Status } from '../graph/types';
import { kindText } from './describe';
import { glyphStrokes, stateTile, type Tile } from './glyphs';
import { fitText } from './measure';
import { arrowPath, roundedPath } from './path';
import { HEADER_HEIGHT, LABEL_HEIGHT, labelText, labelWidth } from './sizes';
import type { EdgePath, Layout, NodeBox } from './types';

export interface SvgOptions {
  workflow: Workflow;
  collapsed?: ReadonlySet<StatePath>;
  statuses?: ReadonlyMap<StatePath, NodeStatus>;
  walked?: ReadonlySet<string>;
  theme?: 'light' | 'dark';
}

/** Of Cloudscape's themes, as plain colours: a file has no design tokens. */
const themes = {
  light: {
    page: '#ffffff',
    node: '#ffffff',
    container: '#f1f6fb',
    border: '#b6bec9',
    edge: '#7d8998',
    text: '#0f141a',
    faint: '#5f6b7a',
    success: '#00802f',
    error: '#c4161c',
    warning: '#855900',
    info: '#0059b8',
    inactive: '#656871',
  },
  dark: {
    page: '#161d26',
    node: '#1f2732',
    container: '#18222d',
    border: '#4f5b69',
    edge: '#8c96a3',
    text: '#ebebf0',
    faint: '#b0b8c2',
    success: '#2bb534',
    error: '#ff7a7a',
    warning: '#fbd332',
    info: '#42b4ff',
    inactive: '#a4a4ad',
  },
};
type Theme = (typeof themes)['light'];

const statusColours: Record<Status, keyof Theme> = {
  idle: 'border',
  running: 'info',
  retrying: 'warning',
  succeeded: 'success',
  failed: 'error',
  caught: 'warning',
  aborted: 'inactive',
  timedOut: 'error',
};
const FONT = "'Open Sans', 'Helvetica Neue', Arial, sans-serif";

export function toSvg(drawing: Layout, options: SvgOptions): string {
  const theme = themes[options.theme ?? 'light'];
  const { width, height } = drawing;
  const containers = drawing.nodes.filter((node) => node.isContainer);
  const others = drawing.nodes.filter((node) => !node.isContainer);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}">`,
    `<rect width="${width}" height="${height}" fill="${theme.page}"/>`,
    ...containers.map((node) => nodeSvg(node, theme, options)),
    ...drawing.edges.map((edge) => edgeSvg(edge, theme, options)),
    ...others.map((node) => nodeSvg(node, theme, options)),
    ...drawing.edges.map((edge) => labelSvg(edge, theme)),
    '</svg>',
  ].join('\n');
}

function edgeSvg(edge: EdgePath, theme: Theme, { walked }: SvgOptions): string {
  const isCatch = edge.kind === 'catch';
  const isWalked = edge.transition !== null && (walked?.has(edge.transition.pointer) ?? false);
  const colour = isWalked ? (isCatch ? theme.warning : theme.success) : isCatch ? theme.error : theme.edge;
  const dashes = isCatch ? ' stroke-dasharray="5 3.5"' : '';
  return (
    `<path d="${roundedPath(edge.points)}" fill="none" stroke="${colour}" stroke-width="${isWalked ? 2.5 : 1.5}"${dashes}/>` +
    `<path d="${arrowPath(edge.points)}" fill="${colour}"/>`
  );
}

function labelSvg({ label, labelAt, kind }: EdgePath, theme: Theme): string {
  if (!labelAt) return '';
  const width = labelWidth(label);
  const colour = kind === 'catch' ? theme.error : theme.faint;
  const border = kind === 'catch' ? theme.error : theme.border;
  return (
    `<g><title>${escaped(label)}</title>` +
    `<rect x="${labelAt.x - width / 2}" y="${labelAt.y - LABEL_HEIGHT / 2}" width="${width}" height="${LABEL_HEIGHT}" rx="9" fill="${theme.node}" stroke="${border}"/>` +
    `<text x="${labelAt.x}" y="${labelAt.y + 4}" font-size="11" text-anchor="middle" fill="${colour}">${escaped(labelText(label))}</text></g>`
  );
}

function nodeSvg(node: NodeBox, theme: Theme, { workflow, collapsed, statuses }: SvgOptions): string {
  const { x, y, width, height } = node;
  const state = node.state === null ? undefined : workflow.states.get(node.state);
  if (!state) return terminalSvg(node, theme);
  const status = statuses?.get(state.path);
  const colour = status && status.status !== 'idle' ? theme[statusColours[status.status]] : theme.border;
  const head = node.isContainer ? HEADER_HEIGHT : height;
  const tileSize = node.isContainer ? 24 : 28;
  const isCollapsed = collapsed?.has(state.path) ?? false;
  const textX = x + tileSize + 18;
  const room = width - tileSize - 28;
  const badge = (status?.attempts ?? 1) > 1 ? `↻ ${status?.attempts}` : '';
  return [
    `<g><title>${escaped(state.name)}${status ? ` (${status.status})` : ''}</title>`,
    `<rect x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}" rx="8" fill="${node.isContainer ? theme.container : theme.node}" stroke="${colour}" stroke-width="${colour === theme.border ? 1 : 2}"/>`,
    node.isContainer
      ? `<path d="M${x + 1} ${y + head}V${y + 8}a7 7 0 0 1 7-7H${x + width - 8}a7 7 0 0 1 7 7V${y + head}Z" fill="${theme.node}"/><path d="M${x} ${y + head}H${x + width}" stroke="${colour}"/>`
      : '',
    tileSvg(stateTile(state), x + 9, y + (head - tileSize) / 2, tileSize),
    `<text x="${textX}" y="${y + head / 2 - 4}" font-size="11" fill="${theme.faint}">${escaped(fitText(kindText(state, workflow, isCollapsed), room, 11))}</text>`,
    `<text x="${textX}" y="${y + head / 2 + 12}" font-size="13" font-weight="700" fill="${theme.text}">${escaped(fitText(state.name, room, 13, true))}</text>`,
    badge
      ? `<text x="${x + width - 10}" y="${y + 4}" font-size="11" font-weight="700" text-anchor="end" fill="${colour}" stroke="${theme.page}" stroke-width="4" paint-order="stroke">${badge}</text>`
      : '',
    '</g>',
  ].join('');
}

function terminalSvg({ x, y, width, height, depth, kind }: NodeBox, theme: Theme): string {
  const text = kind === 'start' ? 'Start' : 'End';
  if (depth > 0) {
    const middle = `cx="${x + width / 2}" cy="${y + height / 2}"`;
    const ring = `<circle ${middle} r="${width / 2 - 1}" fill="${theme.node}" stroke="${theme.edge}" stroke-width="1.5"/>`;
    return kind === 'start'
      ? `<circle ${middle} r="${width / 2}" fill="${theme.edge}"/>`
      : `${ring}<circle ${middle} r="${width / 2 - 4}" fill="${theme.edge}"/>`;
  }
  return (
    `<rect x="${x + 1}" y="${y + 1}" width="${width - 2}" height="${height - 2}" rx="${height / 2 - 1}" fill="${theme.node}" stroke="${theme.edge}" stroke-width="1.5"/>` +
    `<text x="${x + width / 2}" y="${y + height / 2 + 4}" font-size="12" font-weight="700" text-anchor="middle" fill="${theme.faint}">${text}</text>`
  );
}

function tileSvg({ glyph, colour }: Tile, x: number, y: number, size: number): string {
  const paths = glyphStrokes(glyph).map((d) => `<path d="${d}"/>`);
  return (
    `<g transform="translate(${x} ${y}) scale(${size / 28})"><rect width="28" height="28" rx="6" fill="${colour}"/>` +
    `<g transform="translate(5 5) scale(0.75)" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${paths.join('')}</g></g>`
  );
}

/** Text of a definition stays text, whatever is in it. Characters that XML cannot hold are left out. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
