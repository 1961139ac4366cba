import { expect, test } from 'vitest';
import { patterns } from './patterns';

const languages = ['JSONPath', 'JSONata'] as const;

/** All names that lead somewhere, nested states included. */
function check(fragment: { StartAt: string; States: Record<string, Record<string, unknown>> }) {
  const names = Object.keys(fragment.States);
  expect(names).toContain(fragment.StartAt);
  for (const state of Object.values(fragment.States)) {
    const steps = [state, ...((state.Choices as object[]) ?? []), ...((state.Catch as object[]) ?? [])];
    const targets = steps.flatMap((step) => ('Next' in step ? [step.Next] : []));
    for (const target of [...targets, ...(state.Default ? [state.Default] : [])]) expect(names).toContain(target);
  }
}

for (const language of languages)
  for (const pattern of patterns)
    test(`${pattern.name} in ${language} leads where there is something`, () => check(pattern.fragment(language)));

test('patterns do not share what they are made of', () => {
  for (const { fragment } of patterns) expect(fragment('JSONata')).not.toBe(fragment('JSONata'));
});
