/**
 * Design tokens for style sheets, which cannot import them: `var(--sw-border)`. Set on the body, for there the theme's class is.
 */
import * as tokens from '@cloudscape-design/design-tokens';

const names = {
  // The token ends in Courier, which is what is left where the fonts before it are not.
  '--sw-font-mono': "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace",
  '--sw-font': tokens.fontFamilyBase,
  '--sw-text': tokens.colorTextBodyDefault,
  '--sw-text-secondary': tokens.colorTextBodySecondary,
  '--sw-text-heading': tokens.colorTextHeadingDefault,
  '--sw-link': tokens.colorTextLinkDefault,
  '--sw-accent': tokens.colorTextAccent,
  '--sw-background': tokens.colorBackgroundContainerContent,
  '--sw-background-page': tokens.colorBackgroundLayoutMain,
  '--sw-background-input': tokens.colorBackgroundInputDefault,
  '--sw-background-hover': tokens.colorBackgroundDropdownItemHover,
  '--sw-background-selected': tokens.colorBackgroundItemSelected,
  '--sw-border-selected': tokens.colorBorderItemFocused,
  '--sw-border': tokens.colorBorderDividerDefault,
  '--sw-border-input': tokens.colorBorderInputDefault,
  '--sw-focus': tokens.colorBorderItemFocused,
  '--sw-success': tokens.colorTextStatusSuccess,
  '--sw-error': tokens.colorTextStatusError,
  '--sw-warning': tokens.colorTextStatusWarning,
  '--sw-info': tokens.colorTextStatusInfo,
  '--sw-inactive': tokens.colorTextStatusInactive,
  '--sw-running': tokens.colorTextStatusInfo,
  '--sw-code-key': tokens.colorTextAccent,
  '--sw-code-text': tokens.colorTextStatusSuccess,
  '--sw-code-number': tokens.colorTextStatusWarning,
};

export function setTokens() {
  for (const [name, value] of Object.entries(names)) document.body.style.setProperty(name, value);
}
