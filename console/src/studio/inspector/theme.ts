/** Cloudscape's tokens as custom properties, for the inspector's style sheet. */
import * as tokens from '@cloudscape-design/design-tokens';
import type { CSSProperties } from 'react';

export const theme = {
  '--text-secondary': tokens.colorTextBodySecondary,
  '--accent': tokens.colorTextAccent,
  '--on-accent': tokens.colorBackgroundContainerContent,
  '--hover': tokens.colorBackgroundDropdownItemHover,
  '--focus': tokens.colorBorderItemFocused,
  '--border': tokens.colorBorderDividerDefault,
  '--card': tokens.colorBackgroundContainerContent,
  '--input': tokens.colorBackgroundInputDefault,
  '--input-border': tokens.colorBorderInputDefault,
  '--error': tokens.colorTextStatusError,
  '--link': tokens.colorTextLinkDefault,
  '--monospace': tokens.fontFamilyMonospace,
} as CSSProperties;
