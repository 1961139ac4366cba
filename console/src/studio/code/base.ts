/** What all editors here have in common. */
import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import type { Language, Problem } from '../../asl/types';
import { expressions } from './expressions';
import { look } from './look';

export function syntax(language: Language | 'text'): Extension {
  if (language === 'json') return [json(), indentUnit.of('  ')];
  return language === 'yaml' ? [yaml(), indentUnit.of('  ')] : [];
}

const gutters = [
  lineNumbers(),
  foldGutter({ openText: '▾', closedText: '▸' }),
  codeFolding(),
  lintGutter(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
];

/** CodeMirror's words as the console writes its own. */
const phrases = {
  next: 'Next',
  previous: 'Previous',
  all: 'Select all',
  'match case': 'Match case',
  regexp: 'Regex',
  'by word': 'Words',
  replace: 'Replace',
  'replace all': 'Replace all',
};

interface Options {
  label: string;
  describedBy?: string | undefined;
  /** For a few lines: without gutters. */
  isSmall?: boolean;
}

export function base({ label, describedBy, isSmall = false }: Options): Extension {
  return [
    look,
    isSmall ? [] : gutters,
    drawSelection(),
    dropCursor(),
    rectangularSelection(),
    crosshairCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    expressionEnds,
    highlightSelectionMatches(),
    search({ top: true }),
    EditorState.phrases.of(phrases),
    expressions,
    EditorView.contentAttributes.of({
      'aria-label': label,
      spellcheck: 'false',
      tabindex: '0',
      ...(describedBy ? { 'aria-describedby': describedBy } : {}),
    }),
    // Escape is the editor's own: a dialog around it stays.
    EditorView.domEventObservers({
      keydown: (event) => {
        if (event.key === 'Escape') event.stopPropagation();
      },
    }),
    // Tab indents; Escape and then Tab goes on to what follows the editor.
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...foldKeymap,
      ...lintKeymap,
      indentWithTab,
      ...defaultKeymap,
    ]),
  ];
}

/** After `{` a `%` begins an expression, and its end is written with it. */
const expressionEnds = EditorView.inputHandler.of((view, from, to, text) => {
  const { state } = view;
  if (text !== '%' || state.readOnly || state.sliceDoc(from - 1, from) !== '{') return false;
  const insert = `%  %${state.sliceDoc(to, to + 1) === '}' ? '' : '}'}`;
  view.dispatch({ changes: { from, to, insert }, selection: { anchor: from + 2 }, userEvent: 'input.type' });
  return true;
});

/** Marks problems in the text and its gutter. */
export function showProblems(view: EditorView, problems: readonly Problem[]) {
  const { length } = view.state.doc;
  const diagnostics = problems.map((problem): Diagnostic => {
    const from = Math.min(problem.from, length);
    return {
      from,
      // What is missing at a place is marked at what stands before it.
      to: Math.max(from, Math.min(problem.to, length)),
      severity: problem.severity,
      message: problem.message,
      source: problem.code,
    };
  });
  view.dispatch(setDiagnostics(view.state, diagnostics));
}
