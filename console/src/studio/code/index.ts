/** Code mode, and the small editor that forms use. CodeMirror is loaded when one of them is shown. */
export { CodePane } from './code-pane';
export { JsonEditor, type JsonEditorProps } from './json-editor';
export { useValidation } from './validation';
