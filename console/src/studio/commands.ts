/** Everything that the Studio can be asked to do: for the Actions menu, the context menu, the keyboard and the list of shortcuts. */
import type { ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import { flashError } from '../app/flashes';
import * as canvas from './canvas/commands';
import type { Studio } from './context';
import { focusPane } from './panes';
import { isDirty } from './store';

export interface Command {
  text: string;
  group: 'File' | 'Edit' | 'State' | 'View' | 'Run';
  /** `Mod` is Ctrl, on a Mac the command key. */
  keys?: string[];
  /** `studio`: wherever the focus is; `canvas`: while it is on the canvas. */
  on: 'studio' | 'canvas';
  isEnabled?(studio: Studio): boolean;
  run(studio: Studio): void;
}

const hasSelection = ({ store }: Studio) => store.getState().selection.length > 0 && !store.getState().isStale;
const hasOne = (studio: Studio) => hasSelection(studio) && studio.store.getState().selection.length === 1;
const isRead = ({ store }: Studio) => store.getState().workflow !== null && !store.getState().isStale;

const exportGraph = ({ canvas, store }: Studio, kind: 'svg' | 'png') =>
  void canvas.current?.export(kind, store.getState().config.name).catch(flashError);

export const commands = {
  save: {
    text: 'Save…',
    group: 'File',
    keys: ['Mod+S'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ dialog: 'save' }),
  },
  new: { text: 'New workflow…', group: 'File', on: 'studio', run: ({ ui }) => ui.getState().show({ dialog: 'new' }) },
  import: {
    text: 'Import definition…',
    group: 'File',
    keys: ['Mod+O'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ dialog: 'import' }),
  },
  export: {
    text: 'Export…',
    group: 'File',
    keys: ['Mod+E'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ dialog: 'export' }),
  },
  writeFile: {
    text: 'Write the opened file',
    group: 'File',
    on: 'studio',
    isEnabled: ({ ui }) => ui.getState().watched !== null,
    run: ({ ui }) => void ui.getState().watched?.write(),
  },
  drafts: { text: 'Drafts…', group: 'File', on: 'studio', run: ({ ui }) => ui.getState().show({ dialog: 'drafts' }) },
  discard: {
    text: 'Discard changes…',
    group: 'File',
    on: 'studio',
    isEnabled: ({ store }) => isDirty(store.getState()),
    run: ({ ui }) => ui.getState().show({ dialog: 'discard' }),
  },
  undo: {
    text: 'Undo',
    group: 'Edit',
    keys: ['Mod+Z'],
    on: 'studio',
    isEnabled: ({ store }) => store.getState().past.length > 0,
    run: ({ store }) => store.getState().undo(),
  },
  redo: {
    text: 'Redo',
    group: 'Edit',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    on: 'studio',
    isEnabled: ({ store }) => store.getState().future.length > 0,
    run: ({ store }) => store.getState().redo(),
  },
  copy: {
    text: 'Copy',
    group: 'Edit',
    keys: ['Mod+C'],
    on: 'canvas',
    isEnabled: hasSelection,
    run: (studio) => void canvas.copy(studio),
  },
  cut: { text: 'Cut', group: 'Edit', keys: ['Mod+X'], on: 'canvas', isEnabled: hasSelection, run: canvas.cut },
  paste: { text: 'Paste', group: 'Edit', keys: ['Mod+V'], on: 'canvas', isEnabled: isRead, run: canvas.paste },
  selectAll: {
    text: 'Select all',
    group: 'Edit',
    keys: ['Mod+A'],
    on: 'canvas',
    isEnabled: isRead,
    run: ({ store }) => store.getState().select([...(store.getState().workflow?.scopes.get('')?.states ?? [])]),
  },
  add: {
    text: 'Add a state…',
    group: 'State',
    keys: ['+', 'Insert', 'A'],
    on: 'canvas',
    isEnabled: isRead,
    run: canvas.openPicker,
  },
  rename: {
    text: 'Rename',
    group: 'State',
    keys: ['F2'],
    on: 'canvas',
    isEnabled: hasOne,
    run: (studio) => studio.canvas.current?.rename(),
  },
  duplicate: {
    text: 'Duplicate',
    group: 'State',
    keys: ['Mod+D'],
    on: 'canvas',
    isEnabled: hasSelection,
    run: canvas.duplicate,
  },
  delete: {
    text: 'Delete',
    group: 'State',
    keys: ['Delete', 'Backspace'],
    on: 'canvas',
    isEnabled: hasSelection,
    run: canvas.remove,
  },
  wrapMap: {
    text: 'Wrap in Map',
    group: 'State',
    keys: ['Mod+Alt+M'],
    on: 'canvas',
    isEnabled: hasSelection,
    run: (studio) => canvas.wrap(studio, 'Map'),
  },
  wrapParallel: {
    text: 'Wrap in Parallel',
    group: 'State',
    keys: ['Mod+Alt+P'],
    on: 'canvas',
    isEnabled: hasSelection,
    run: (studio) => canvas.wrap(studio, 'Parallel'),
  },
  showCode: {
    text: 'Show in the definition',
    group: 'State',
    keys: ['Alt+Enter'],
    on: 'canvas',
    isEnabled: hasOne,
    run: ({ store }) => store.getState().setMode('code'),
  },
  design: {
    text: 'Design mode',
    group: 'View',
    keys: ['Alt+1'],
    on: 'studio',
    run: ({ store }) => store.getState().setMode('design'),
  },
  code: {
    text: 'Code mode',
    group: 'View',
    keys: ['Alt+2'],
    on: 'studio',
    run: ({ store }) => store.getState().setMode('code'),
  },
  config: {
    text: 'Config mode',
    group: 'View',
    keys: ['Alt+3'],
    on: 'studio',
    run: ({ store }) => store.getState().setMode('config'),
  },
  fit: {
    text: 'Fit to view',
    group: 'View',
    keys: ['Alt+C'],
    on: 'studio',
    run: (studio) => studio.canvas.current?.fit(),
  },
  zoomIn: {
    text: 'Zoom in',
    group: 'View',
    keys: ['Mod+='],
    on: 'canvas',
    run: (studio) => studio.canvas.current?.zoom(1.25),
  },
  zoomOut: {
    text: 'Zoom out',
    group: 'View',
    keys: ['Mod+-'],
    on: 'canvas',
    run: (studio) => studio.canvas.current?.zoom(0.8),
  },
  collapseAll: {
    text: 'Collapse all',
    group: 'View',
    on: 'studio',
    isEnabled: isRead,
    run: (studio) => canvas.collapseAll(studio, true),
  },
  expandAll: {
    text: 'Expand all',
    group: 'View',
    on: 'studio',
    isEnabled: isRead,
    run: (studio) => canvas.collapseAll(studio, false),
  },
  direction: {
    text: 'Horizontal or vertical',
    group: 'View',
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ direction: ui.getState().direction === 'down' ? 'right' : 'down' }),
  },
  browser: {
    text: 'States browser',
    group: 'View',
    keys: ['Mod+B'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ isBrowserOpen: !ui.getState().isBrowserOpen }),
  },
  inspector: {
    text: 'Inspector',
    group: 'View',
    keys: ['Mod+I'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ isInspectorOpen: !ui.getState().isInspectorOpen }),
  },
  problems: {
    text: 'Problems',
    group: 'View',
    keys: ['Mod+Shift+M'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ areProblemsOpen: !ui.getState().areProblemsOpen }),
  },
  nextPane: { text: 'Next pane', group: 'View', keys: ['F6'], on: 'studio', run: () => focusPane(1) },
  previousPane: { text: 'Previous pane', group: 'View', keys: ['Shift+F6'], on: 'studio', run: () => focusPane(-1) },
  test: { text: 'Test state', group: 'Run', keys: ['Mod+Alt+T'], on: 'studio', isEnabled: hasOne, run: canvas.test },
  execute: {
    text: 'Execute…',
    group: 'Run',
    keys: ['Mod+Enter'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ dialog: 'execute' }),
  },
  svg: {
    text: 'Save graph as SVG',
    group: 'File',
    on: 'studio',
    isEnabled: isRead,
    run: (studio) => exportGraph(studio, 'svg'),
  },
  png: {
    text: 'Save graph as PNG',
    group: 'File',
    on: 'studio',
    isEnabled: isRead,
    run: (studio) => exportGraph(studio, 'png'),
  },
  help: {
    text: 'Keyboard shortcuts',
    group: 'View',
    keys: ['?'],
    on: 'studio',
    run: ({ ui }) => ui.getState().show({ dialog: 'help' }),
  },
} satisfies Record<string, Command>;

export type CommandId = keyof typeof commands;

export const commandOf = (id: CommandId): Command => commands[id];

const isMac = navigator.platform.startsWith('Mac');

export function keyText(key: string): string {
  return key.replace('Mod', isMac ? '⌘' : 'Ctrl').replace('Alt', isMac ? '⌥' : 'Alt');
}

export const keysText = (id: CommandId): string => keyText(commandOf(id).keys?.[0] ?? '');

/** What a press of keys is called: `Mod+Shift+Z`. */
function pressed(event: KeyboardEvent): string {
  const isLetter = /^[a-z]$/i.test(event.key);
  // Alt makes other characters of letters and digits on some keyboards; Shift is in characters such as ? and + already.
  const key = event.altKey && /^(Key|Digit)/.test(event.code) ? event.code.replace(/Key|Digit/, '') : event.key;
  const parts = [
    (event.ctrlKey || event.metaKey) && 'Mod',
    event.altKey && 'Alt',
    event.shiftKey && (isLetter || event.key.length > 1) && 'Shift',
    isLetter ? key.toUpperCase() : key,
  ];
  return parts.filter(Boolean).join('+');
}

export function commandFor(event: KeyboardEvent, on: Command['on']): CommandId | null {
  const wanted = pressed(event);
  for (const [id, command] of Object.entries(commands) as [CommandId, Command][])
    if (command.on === on && command.keys?.includes(wanted)) return id;
  return null;
}

/** Runs it if it can be run now; says whether it was. */
export function runCommand(studio: Studio, id: CommandId): boolean {
  const command = commandOf(id);
  if (command.isEnabled?.(studio) === false) return false;
  command.run(studio);
  return true;
}

const inMenu: CommandId[][] = [
  ['new', 'import', 'export', 'writeFile', 'svg', 'png', 'drafts', 'discard'],
  ['add', 'duplicate', 'paste', 'wrapMap', 'wrapParallel', 'delete'],
  ['collapseAll', 'expandAll', 'direction', 'browser', 'inspector', 'problems'],
  ['help'],
];
const inContextMenu: CommandId[] = [
  'add',
  'rename',
  'duplicate',
  'copy',
  'cut',
  'paste',
  'wrapMap',
  'wrapParallel',
  'test',
  'showCode',
  'delete',
];

function item(studio: Studio, id: CommandId): ButtonDropdownProps.Item {
  const command = commandOf(id);
  const keys = keysText(id);
  return {
    id,
    text: command.text,
    disabled: command.isEnabled?.(studio) === false,
    ...(keys ? { labelTag: keys } : {}),
  };
}

export function menu(studio: Studio): ButtonDropdownProps.ItemOrGroup[] {
  const texts = ['File', 'State', 'View', 'Help'];
  return inMenu.map((ids, index) => ({ text: texts[index] ?? '', items: ids.map((id) => item(studio, id)) }));
}

export const contextMenu = (studio: Studio) =>
  inContextMenu.map((id) => ({
    id,
    text: commandOf(id).text,
    isEnabled: commandOf(id).isEnabled?.(studio) !== false,
  }));
