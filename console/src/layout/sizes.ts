/** Pixels that the layout and whatever draws it have to agree on. */
import { fitText, textWidth } from './measure';

export const NODE_HEIGHT = 44;
export const HEADER_HEIGHT = 42;
export const LABEL_HEIGHT = 18;
const LABEL_FONT = 11;
const LABEL_MAX = 170;
const LABEL_PADDING = 16;

/** What the pill of an edge says; the whole text is longer when it ends in an ellipsis. */
export function labelText(label: string): string {
  return fitText(label, LABEL_MAX - LABEL_PADDING, LABEL_FONT);
}

export function labelWidth(label: string): number {
  return Math.ceil(textWidth(labelText(label), LABEL_FONT)) + LABEL_PADDING;
}
