/**
 * What the Studio can do to a document. Every command is pure: `(parsed, …) => Change`, with splices as small as they can be, for JSON
 * and YAML alike. A command that cannot be carried out throws `EditRefused`, whose message is a sentence for people.
 */
export { copyStates, pasteStates } from './clipboard';
export {
  addBranch,
  changeType,
  getRaw,
  insertItem,
  moveItem,
  removeBranch,
  removeItem,
  renameField,
  retarget,
  setField,
  setFields,
  setNext,
  setQueryLanguage,
  setRaw,
} from './fields';
export { uniqueName } from './names';
export { EditRefused } from './refused';
export {
  deleteStates,
  duplicateStates,
  type Fragment,
  insertFragment,
  insertState,
  moveStates,
  renameState,
  wrapIn,
} from './states';
