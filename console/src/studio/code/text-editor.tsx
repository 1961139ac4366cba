/** CodeMirror behind `JsonEditor`. */
import { history, historyKeymap } from '@codemirror/commands';
import { Annotation, Compartment, EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { useEffect, useRef, useState } from 'react';
import { readJson } from '../../asl/read-json';
import type { Problem } from '../../asl/types';
import { yaml } from '../../asl/yaml';
import { base, showProblems, syntax } from './base';
import styles from './code.module.css';
import type { JsonEditorProps } from './json-editor';
import { difference } from './sync';

const fromOutside = Annotation.define<boolean>();
const nothing: readonly Problem[] = [];

export default function TextEditor(props: JsonEditorProps) {
  const { value, label, height = 200, problems = nothing, language = 'json', describedBy } = props;
  const isSmall = typeof height === 'number' && height < 100;
  const isReadOnly = props.readOnly || !props.onChange;
  const element = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const [parts] = useState(() => ({ syntax: new Compartment(), state: new Compartment(), base: new Compartment() }));

  useEffect(() => {
    if (!element.current) return;
    const made = new EditorView({
      parent: element.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          latest.current.isOfDocument ? [] : [history(), keymap.of(historyKeymap)],
          parts.base.of([]),
          parts.syntax.of([]),
          parts.state.of([]),
          EditorView.lineWrapping,
          EditorView.updateListener.of((update) => {
            const isOwn = !update.transactions.some((transaction) => transaction.annotation(fromOutside));
            if (update.docChanged && isOwn) latest.current.onChange?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    setView(made);
    return () => made.destroy();
  }, [parts]);

  useEffect(() => {
    view?.dispatch({ effects: parts.base.reconfigure(base({ label, describedBy, isSmall })) });
  }, [view, parts, label, describedBy, isSmall]);
  useEffect(() => {
    view?.dispatch({ effects: parts.syntax.reconfigure(syntax(language)) });
  }, [view, parts, language]);
  useEffect(() => {
    view?.dispatch({ effects: parts.state.reconfigure(EditorState.readOnly.of(isReadOnly)) });
  }, [view, parts, isReadOnly]);
  useEffect(() => {
    const change = view && difference(view.state.doc.toString(), value);
    if (change) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
  }, [view, value]);
  useEffect(() => {
    if (!view) return;
    const own =
      language === 'text' || value.trim() === ''
        ? []
        : (language === 'json' ? readJson : yaml().readYaml)(value).problems;
    showProblems(view, [...own, ...problems]);
  }, [view, value, problems, language]);

  return <div ref={element} className={styles.field} style={{ height }} data-readonly={isReadOnly || undefined} />;
}
