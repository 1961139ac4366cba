/** One expression in CodeMirror: as high as its text, with completion. Loaded when an expression is shown. */

import * as tokens from '@cloudscape-design/design-tokens';
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderText } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { Suggestions } from '../model/suggest';

export interface ExpressionEditorProps {
  value: string;
  label: string;
  placeholder: string;
  isDisabled: boolean;
  autoFocus: boolean;
  /** The editor stands between `{%` and `%}`. */
  isBraced: boolean;
  onChange(value: string): void;
  suggest(before: string): Suggestions | null;
  onUndo(): void;
  onRedo(): void;
}

const look = EditorView.theme({
  '&': { fontSize: '12px', backgroundColor: 'transparent', color: tokens.colorTextBodyDefault },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': {
    fontFamily: tokens.fontFamilyMonospace,
    padding: 0,
    caretColor: tokens.colorTextBodyDefault,
    minHeight: '20px',
  },
  '.cm-scroller': { lineHeight: '20px', maxHeight: '240px', overflow: 'auto' },
  '.cm-line': { padding: 0 },
  '.cm-placeholder': { color: tokens.colorTextInputPlaceholder, fontStyle: 'italic' },
  '.cm-cursor': { borderLeftColor: tokens.colorTextBodyDefault },
  '.cm-tooltip': {
    backgroundColor: tokens.colorBackgroundContainerContent,
    color: tokens.colorTextBodyDefault,
    border: `1px solid ${tokens.colorBorderDividerDefault}`,
    borderRadius: '8px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: tokens.colorBackgroundDropdownItemHover,
    color: tokens.colorTextBodyDefault,
  },
  '.cm-completionDetail': { color: tokens.colorTextBodySecondary, fontStyle: 'normal' },
});

const also = (action: () => void) => () => {
  action();
  return true;
};

/** Whoever types the `{%` and `%}` that stand around the field already begins the expression anew, and ends it. */
const braces = EditorView.inputHandler.of((view, from, _, text) => {
  const before = view.state.sliceDoc(0, from);
  const isBegin = text === '%' && before.endsWith('{');
  const isEnd = text === '}' && before.endsWith('%') && before.split('{').length <= before.split('}').length;
  if (!isBegin && !isEnd) return false;
  const changes = isBegin ? { from: 0, to: view.state.doc.length } : { from: from - 1, to: from };
  view.dispatch({ changes, userEvent: 'input.type' });
  return true;
});

export default function ExpressionEditor(props: ExpressionEditorProps) {
  const element = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const editable = useRef(new Compartment());

  useEffect(() => {
    if (!element.current) return;
    const { value, label, placeholder } = latest.current;
    const made = new EditorView({
      parent: element.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          look,
          latest.current.isBraced ? braces : [],
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
          editable.current.of(EditorView.editable.of(!latest.current.isDisabled)),
          placeholderText(placeholder),
          bracketMatching(),
          closeBrackets(),
          autocompletion({
            icons: false,
            override: [
              (context) => {
                const found = latest.current.suggest(context.state.sliceDoc(0, context.pos));
                if (!found) return null;
                return {
                  from: found.from,
                  options: found.options.map(({ text, detail }) => ({ label: text, detail })),
                  validFor: /^[\w$]*$/,
                };
              },
            ],
          }),
          keymap.of([
            // The Studio's history is the only one.
            { key: 'Mod-z', run: also(() => latest.current.onUndo()), shift: also(() => latest.current.onRedo()) },
            { key: 'Tab', run: acceptCompletion },
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...defaultKeymap,
          ]),
          EditorView.updateListener.of((update) => {
            const text = update.state.doc.toString();
            if (update.docChanged && text !== latest.current.value) latest.current.onChange(text);
          }),
        ],
      }),
    });
    view.current = made;
    if (latest.current.autoFocus) {
      made.dispatch({ selection: { anchor: made.state.doc.length } });
      made.focus();
    }
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const now = view.current?.state.doc.toString();
    // A space at the end is still being typed.
    if (now !== undefined && now.trim() !== props.value.trim())
      view.current?.dispatch({
        changes: { from: 0, to: now.length, insert: props.value },
        selection: { anchor: props.value.length },
      });
  }, [props.value]);

  useEffect(() => {
    view.current?.dispatch({ effects: editable.current.reconfigure(EditorView.editable.of(!props.isDisabled)) });
  }, [props.isDisabled]);

  return <div ref={element} style={{ flex: 1, minInlineSize: 0 }} />;
}
