/**
 * How wide a text will be, without asking a browser: the layout has to come out the same in a worker, in a test and on the screen.
 * Advance widths of Open Sans in thousandths of the font size, by groups of characters; what is not listed counts as wide.
 */
const groups: [number, string][] = [
  [230, "'"],
  [265, ' !,.:;Jijl·I`'],
  [320, '()[]-f'],
  [370, '/\\t{}'],
  [410, '"r'],
  [450, '?_z'],
  [485, 'cs'],
  [520, 'vyFLkx'],
  [570, 'Sg|*ETYae0123456789$+<=>XZ^~'],
  [620, 'PVoKRbdhnpqu'],
  [650, '#ABC'],
  [730, '&DGUH'],
  [780, 'NOQw…'],
  [830, '%'],
  [930, '@MWm'],
];
const widths = new Map(groups.flatMap(([width, characters]) => [...characters].map((c) => [c, width] as const)));

export function textWidth(text: string, size: number, isBold = false): number {
  let thousandths = 0;
  for (const character of text) thousandths += widths.get(character) ?? (character < '\u2000' ? 640 : 1000);
  return (thousandths * size * (isBold ? 1.08 : 1)) / 1000;
}

/** The beginning of a text that fits, with an ellipsis where something is left out. */
export function fitText(text: string, width: number, size: number, isBold = false): string {
  if (textWidth(text, size, isBold) <= width) return text;
  const characters = [...text];
  let end = characters.length;
  while (end > 0 && textWidth(`${characters.slice(0, end).join('')}…`, size, isBold) > width) end -= 1;
  return `${characters.slice(0, end).join('').trimEnd()}…`;
}
