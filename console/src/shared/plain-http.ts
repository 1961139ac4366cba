/**
 * Over plain http from another machine a browser gives a page neither a clipboard nor `randomUUID`. Both are made up for here, once,
 * so that neither our pages nor Cloudscape's buttons have to know.
 */
if (!window.isSecureContext) {
  Object.defineProperty(crypto, 'randomUUID', { value: randomUuid });
  Object.defineProperty(navigator, 'clipboard', { value: { writeText } });
}

/** RFC 9562, version 4. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const [version = 0, variant = 0] = [bytes[6], bytes[8]];
  bytes[6] = (version & 0x0f) | 0x40;
  bytes[8] = (variant & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

async function writeText(text: string) {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  // In the dialog that is open, which takes the focus back from elsewhere.
  (focused?.parentElement ?? document.body).append(area);
  area.select();
  const isCopied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  if (!isCopied) throw new Error('The browser does not let this page copy.');
}
