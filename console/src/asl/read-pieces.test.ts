import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { readWhole, readYaml } from './read-yaml';
import type { Node } from './tree';

const states = Object.fromEntries(
  Array.from({ length: 90 }, (_, index) => [
    index % 7 === 0 ? `State: ${index}` : `State ${index}`,
    {
      Type: 'Task',
      Comment: `Two lines\nof ${index}${'\n'.repeat(index % 3)}`,
      Parameters: { Filters: [{ Name: "it's", Values: ['a: b', '#c', index] }], Empty: {}, None: null },
      Retry: [{ ErrorEquals: ['States.ALL'] }],
      ItemProcessor: { StartAt: 'x', States: { [`x${index}`]: { Type: 'Succeed' } } },
      Next: 'State 1',
    },
  ]),
);
const text = `# Of everything\n${stringify({ Comment: 'A: b', StartAt: 'State 1', States: states }, { lineWidth: 60 })}`
  .replace('State 20:', 'State 20: # first')
  .replace('State 30:', '# above\n  State 30:')
  .replace('    Retry:\n', '    Retry: [\n        { ErrorEquals: [A] }]\n    Other:\n');

/** Where everything stands and what it is. */
function outline({ kind, from, to, isBlock, value, members, items }: Node): unknown {
  const inside = members.map(({ key, keyRange, value }) => [key, keyRange, outline(value)]);
  return { kind, from, to, isBlock, value, inside, items: items.map(outline) };
}

describe('YAML that is read in pieces', () => {
  test('is what it is when it is read as a whole', () => {
    const whole = readWhole(text);
    const pieces = readYaml(text);
    expect(pieces.isBroken).toBe(false);
    expect(pieces.root && outline(pieces.root)).toEqual(whole.root && outline(whole.root));
    const crlf = text.replaceAll('\n', '\r\n');
    expect(outline(readYaml(crlf).root as Node)).toEqual(outline(readWhole(crlf).root as Node));
  });

  test('and so it is after any edit', { timeout: 1_000_000 }, () => {
    const inserts = [
      ' ',
      '  ',
      '\n',
      '#',
      ':',
      '- ',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      '|',
      '>',
      '&a',
      '*a',
      '<<: ',
      '? ',
      '\t',
    ];
    inserts.push('---\n', 'x: y\n', 'x\n', 'States:\n', '${a}', ',', '%', '!', 'Next: B\n  ');
    const edit = fc.record({ at: fc.nat(text.length), removed: fc.nat(8), insert: fc.constantFrom(...inserts, '') });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 2 }), (edits) => {
        let after = text;
        for (const { at, removed, insert } of edits) after = after.slice(0, at) + insert + after.slice(at + removed);
        const [pieces, whole] = [readYaml(after), readWhole(after)];
        expect(pieces.isBroken).toBe(whole.isBroken);
        if (whole.isBroken) expect(pieces.problems).not.toEqual([]);
        else {
          expect(pieces.root && outline(pieces.root)).toEqual(whole.root && outline(whole.root));
          expect(new Set(pieces.problems.map(({ from }) => from))).toEqual(
            new Set(whole.problems.map(({ from }) => from)),
          );
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 40) },
    );
  });
});
