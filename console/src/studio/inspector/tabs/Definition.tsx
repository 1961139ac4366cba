import { useState } from 'react';
import { getRaw, setRaw } from '../../../asl/edits';
import { parse } from '../../../asl/parse';
import type { State } from '../../../asl/types';
import { JsonEditor } from '../../code';
import { problemsAt, useEditing } from '../editing';
import { Field } from '../fields/Field';

/** The state's own text. What is typed goes into the document as soon as it can be read. */
export function Definition({ state }: { state: State }) {
  const editing = useEditing();
  const { store, apply, isReadOnly } = editing;
  const parsed = store.getState().parsed;
  const [draft, setDraft] = useState<{ text: string; raw: string } | null>(null);
  if (isReadOnly) return null;
  const raw = getRaw(parsed, state.path);
  const isCurrent = draft !== null && draft.raw === raw;
  const text = isCurrent ? draft.text : raw;
  const problem = isCurrent
    ? parse(text, parsed.language).problems.find(({ source }) => source === 'syntax')
    : undefined;
  const type = (typed: string) => {
    const isBroken = parse(typed, parsed.language).problems.some(({ source }) => source === 'syntax');
    if (!isBroken) apply((now) => setRaw(now, state.path, typed), `form:${state.path}:text`);
    const now = store.getState().parsed;
    setDraft({ text: typed, raw: getRaw(now, state.path) });
  };
  return (
    <Field
      label="Definition"
      at={[]}
      error={problem ? `${problem.message} The document keeps the last text that could be read.` : null}
      hint={
        problemsAt(editing, state.path, false)
          .map(({ message }) => message)
          .join(' ') || null
      }
    >
      <JsonEditor
        label="Definition of the state"
        value={text}
        height="max(320px, calc(100vh - 280px))"
        language={parsed.language}
        isOfDocument
        onChange={type}
      />
    </Field>
  );
}
