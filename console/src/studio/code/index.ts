/** Code mode, and the small editor that forms use. Both load CodeMirror when they are shown. */
export { CodePane } from './code-pane';
export { JsonEditor, type JsonEditorProps } from './json-editor';
export { useValidation } from './validation';
