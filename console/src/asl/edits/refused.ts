/** The edit cannot be made without breaking the text; the message says why and what to do. */
export class EditRefused extends Error {
  override name = 'EditRefused';
}
