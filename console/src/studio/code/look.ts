/** How editors look: the console's design tokens, so that they follow its theme. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const theme = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--sw-text)', backgroundColor: 'var(--sw-background)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--sw-font-mono)', lineHeight: '20px', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--sw-text)', padding: '8px 2px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--sw-text)', borderLeftWidth: '2px' },
  '.cm-gutters': {
    color: 'var(--sw-text-secondary)',
    backgroundColor: 'var(--sw-background)',
    border: 'none',
    borderInlineEnd: '1px solid var(--sw-border)',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '32px', paddingInlineEnd: '6px' },
  '.cm-foldGutter .cm-gutterElement': { cursor: 'pointer', paddingInline: '3px', opacity: 0.7 },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--sw-accent) 7%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--sw-accent) 26%, transparent)',
  },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--sw-accent) 16%, transparent)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'color-mix(in srgb, var(--sw-accent) 20%, transparent)',
    outline: '1px solid var(--sw-accent)',
  },
  '&.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    outline: '1px solid var(--sw-error)',
  },
  '.cm-searchMatch': {
    backgroundColor: 'color-mix(in srgb, var(--sw-warning) 26%, transparent)',
    outline: '1px solid var(--sw-warning)',
  },
  '.cm-searchMatch-selected': { backgroundColor: 'color-mix(in srgb, var(--sw-warning) 55%, transparent)' },
  '.cm-foldPlaceholder': {
    color: 'var(--sw-text-secondary)',
    background: 'var(--sw-background-page)',
    border: '1px solid var(--sw-border)',
    borderRadius: '4px',
    padding: '0 6px',
    margin: '0 2px',
  },
  '.cm-panels': {
    color: 'var(--sw-text)',
    backgroundColor: 'var(--sw-background-page)',
    font: '13px/20px var(--sw-font)',
  },
  '.cm-panels.cm-panels-top': { borderBlockEnd: '1px solid var(--sw-border)' },
  '.cm-panels.cm-panels-bottom': { borderBlockStart: '1px solid var(--sw-border)' },
  '.cm-panel.cm-search': { padding: '8px 32px 8px 12px' },
  '.cm-panel.cm-search label': { fontSize: '12px' },
  '.cm-panel input.cm-textfield, .cm-panel .cm-textfield': {
    color: 'var(--sw-text)',
    backgroundColor: 'var(--sw-background-input)',
    border: '1px solid var(--sw-border-input)',
    borderRadius: '8px',
    padding: '2px 8px',
    fontSize: '13px',
  },
  '.cm-panel .cm-button': {
    color: 'var(--sw-link)',
    background: 'transparent',
    border: '1px solid var(--sw-link)',
    borderRadius: '12px',
    padding: '1px 10px',
    fontSize: '12px',
  },
  '.cm-panel.cm-search [name=close]': {
    color: 'var(--sw-text)',
    fontSize: '18px',
    padding: '0 8px',
    cursor: 'pointer',
  },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { backgroundColor: 'var(--sw-background-selected)' },
  '.cm-tooltip': {
    color: 'var(--sw-text)',
    backgroundColor: 'var(--sw-background)',
    border: '1px solid var(--sw-border)',
    borderRadius: '8px',
    boxShadow: '0 4px 16px rgb(0 7 22 / 20%)',
    font: '13px/18px var(--sw-font)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--sw-font-mono)',
    fontSize: '12px',
    maxHeight: '18em',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    color: 'var(--sw-text)',
    backgroundColor: 'var(--sw-background-selected)',
  },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: 700 },
  '.cm-completionDetail': { color: 'var(--sw-text-secondary)', fontStyle: 'normal', fontFamily: 'var(--sw-font)' },
  '.cm-completionInfo': { padding: '8px 12px', maxWidth: '320px' },
  '.cm-hint': { padding: '8px 12px', maxWidth: '380px' },
  '.cm-hint b': { display: 'block', fontFamily: 'var(--sw-font-mono)' },
  '.cm-hint a': { color: 'var(--sw-link)' },
  '.cm-diagnostic': { padding: '6px 12px', borderInlineStart: '4px solid var(--sw-error)' },
  '.cm-diagnostic-warning': { borderInlineStartColor: 'var(--sw-warning)' },
  '.cm-diagnosticSource': { color: 'var(--sw-text-secondary)', opacity: 1, fontSize: '12px' },
  '.cm-lintRange-error, .cm-lintPoint-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--sw-error) 1px',
    textUnderlineOffset: '4px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--sw-warning) 1px',
    textUnderlineOffset: '4px',
  },
  '.cm-lint-marker': { width: '12px', height: '12px' },
  '.cm-expression': { backgroundColor: 'color-mix(in srgb, var(--sw-accent) 5%, transparent)', borderRadius: '3px' },
  '.cm-expression *, .cm-substitution, .cm-substitution *': { color: 'inherit' },
  '.cm-expression .cm-variable': { color: 'var(--sw-link)' },
  '.cm-expression .cm-function': { color: 'var(--sw-warning)' },
  '.cm-expression .cm-string': { color: 'var(--sw-code-text)' },
  '.cm-substitution': { color: 'var(--sw-warning)', fontWeight: 700 },
  '.cm-flash': { backgroundColor: 'color-mix(in srgb, var(--sw-accent) 20%, transparent)' },
  '@media (prefers-reduced-motion: no-preference)': { '.cm-flash': { transition: 'background-color 300ms' } },
});

const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--sw-code-key)' },
  { tag: [tags.string, tags.content], color: 'var(--sw-code-text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--sw-code-number)' },
  { tag: [tags.comment, tags.lineComment, tags.meta], color: 'var(--sw-text-secondary)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: 'var(--sw-text-secondary)' },
  { tag: tags.invalid, color: 'var(--sw-error)' },
]);

export const look = [theme, syntaxHighlighting(highlighting)];
