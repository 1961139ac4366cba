/** What can be done with states on the canvas; each is one change of the text. */
import { explain } from '../../api/errors';
import { dismiss, flash } from '../../app/flashes';
import * as edits from '../../asl/edits';
import { lineOf } from '../../asl/text';
import type { Change, Parsed, Place, StatePath } from '../../asl/types';
import { loadYaml } from '../../asl/yaml';
import type { StateTemplate } from '../../graph/types';
import { prepare } from '../browser/catalog';
import { type Entry, templateOf } from '../browser/entries';
import { rememberRecent } from '../browser/recent';
import type { Studio } from '../context';
import { placeBehind } from './place';

const refused = 'studio-refused';

/** Makes a change from the document as it is, or says why it cannot be made. */
export function apply({ store }: Studio, make: (parsed: Parsed) => Change): boolean {
  const { parsed, isStale, text, change } = store.getState();
  try {
    if (isStale) {
      const at = parsed.problems[0] ? lineOf(text, parsed.problems[0].from) : 1;
      throw new edits.EditRefused(`The definition cannot be read: repair line ${at} in Code mode first.`);
    }
    change(make(parsed), 'canvas');
    dismiss(refused);
    return true;
  } catch (error) {
    flash({ id: refused, type: 'error', content: explain(error).message });
    return false;
  }
}

/** Puts what the states browser offers at a place. */
export async function add(studio: Studio, place: Place, entry: Entry) {
  await prepare(entry);
  if (put(studio, place, templateOf(entry))) rememberRecent(entry.id);
}

export function put(studio: Studio, place: Place, template: StateTemplate): boolean {
  return apply(studio, (parsed) => {
    const language = parsed.workflow?.queryLanguage ?? 'JSONPath';
    return template.fragment
      ? edits.insertFragment(parsed, place, template.fragment(language))
      : edits.insertState(parsed, place, template.name, template.body(language));
  });
}

const selected = ({ store }: Studio) => store.getState().selection;

export const duplicate = (studio: Studio) =>
  void apply(studio, (parsed) => edits.duplicateStates(parsed, selected(studio)));

export const removeStates = (studio: Studio, states: readonly StatePath[]) =>
  void apply(studio, (parsed) => edits.deleteStates(parsed, states));

export const remove = (studio: Studio) => removeStates(studio, selected(studio));

export const wrap = (studio: Studio, type: 'Map' | 'Parallel') =>
  void apply(studio, (parsed) => edits.wrapIn(parsed, type, selected(studio)));

/** What was copied here, for browsers that do not let pages read the clipboard. */
let copied = '';

export function copy(studio: Studio): boolean {
  try {
    copied = edits.copyStates(studio.store.getState().parsed, selected(studio));
  } catch (error) {
    flash({ id: refused, type: 'error', content: explain(error).message });
    return false;
  }
  navigator.clipboard?.writeText(copied).catch(() => {});
  return true;
}

export function cut(studio: Studio) {
  if (copy(studio)) remove(studio);
}

export async function paste(studio: Studio) {
  const text = await (navigator.clipboard?.readText?.() ?? Promise.reject()).catch(() => '');
  // It may be YAML; where that cannot be loaded JSON still goes.
  await loadYaml().catch(() => {});
  pasteText(studio, text.trim() ? text : copied);
}

/** Behind what is selected. */
function pasteText(studio: Studio, text: string) {
  const { workflow, selection } = studio.store.getState();
  if (workflow && text.trim())
    apply(studio, (parsed) => edits.pasteStates(parsed, placeBehind(workflow, selection), text));
}

export function openPicker({ store, ui }: Studio) {
  const { workflow, selection } = store.getState();
  if (!workflow) return;
  const focused = document.activeElement?.getBoundingClientRect();
  const isNode = focused && focused.width > 0 && focused.width < 600;
  const at = isNode
    ? { x: focused.x + focused.width / 2, y: focused.bottom }
    : { x: innerWidth / 2, y: innerHeight / 3 };
  ui.getState().show({ picker: { place: placeBehind(workflow, selection), at } });
}

export function collapseAll({ store }: Studio, isCollapsed: boolean) {
  const { workflow, collapse } = store.getState();
  const containers = [...(workflow?.states.values() ?? [])].filter(({ scopes }) => scopes.length > 0);
  collapse(
    containers.map(({ path }) => path),
    isCollapsed,
  );
}

export function test({ store, ui }: Studio) {
  const [state] = store.getState().selection;
  if (state) ui.getState().show({ testing: state });
}
