/** What every command begins and ends with. */

import { parse } from '../parse';
import { isWithin } from '../pointer';
import { isSame } from '../same';
import { applyEdits } from '../text';
import type { Change, Parsed, StatePath, TextEdit, Workflow } from '../types';
import { Draft } from './draft';
import { EditRefused } from './refused';
import { documentEdits } from './splices';

export class Editing {
  readonly root: Draft;
  readonly workflow: Workflow;

  constructor(readonly parsed: Parsed) {
    const { root, text, language, workflow } = parsed;
    if (!root || !workflow)
      throw new EditRefused('The text has a mistake and cannot be changed from here. Repair it in Code mode first.');
    this.workflow = workflow;
    this.root = Draft.of({ text, language, node: root });
  }

  /** What a pointer names; it has to be there. */
  at(pointer: string): Draft {
    const draft = this.root.at(pointer);
    if (!draft) throw new EditRefused(`The definition has nothing at ${pointer}; it may have been changed meanwhile.`);
    return draft;
  }

  /** The change, once it is sure that its text says what was meant. `renamed`: old and new pointers of what moved. */
  finish(select?: StatePath[], renamed: readonly (readonly [string, string])[] = []): Change {
    const { text, language } = this.parsed;
    let edits: TextEdit[];
    let after: Parsed;
    try {
      edits = documentEdits(this.root).flatMap((edit) => trimmed(text, edit));
      after = parse(applyEdits(text, edits), language);
    } catch (error) {
      if (error instanceof RangeError) throw misfit();
      throw error;
    }
    if (!after.workflow || !isSame(after.workflow.value, this.root.toValue())) throw misfit();
    const moved = new Map<StatePath, StatePath>();
    for (const path of renamed.length > 0 ? this.workflow.states.keys() : []) {
      const found = renamed.filter(([from]) => isWithin(path, from)).sort(([a], [b]) => b.length - a.length)[0];
      if (found && found[0] !== found[1]) moved.set(path, found[1] + path.slice(found[0].length));
    }
    return { edits, ...(select ? { select } : {}), ...(moved.size > 0 ? { moved } : {}) };
  }
}

function misfit(): EditRefused {
  return new EditRefused(
    'This change does not fit how the text is written, such as an alias of YAML that other places share. Make it in Code mode.',
  );
}

/** Without what stays the same at both ends of a splice. */
function trimmed(text: string, { from, to, insert }: TextEdit): TextEdit[] {
  let start = 0;
  while (from + start < to && start < insert.length && text[from + start] === insert[start]) start += 1;
  let end = 0;
  while (to - end > from + start && insert.length - end > start && text[to - end - 1] === insert.at(-1 - end)) end += 1;
  if (from + start === to - end && start === insert.length - end) return [];
  return [{ from: from + start, to: to - end, insert: insert.slice(start, insert.length - end) }];
}
