import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  closeBrowser,
  createStateMachine,
  type Server,
  screenshot,
  serve,
  type Visitor,
  visit,
} from './harness';

let server: Server;
let stateMachineArn: string;
beforeAll(async () => {
  server = await serve();
  const definition = { StartAt: 'Only', States: { Only: { Type: 'Succeed' } } };
  stateMachineArn = await createStateMachine(server, 'written', definition);
});
afterAll(async () => {
  await closeBrowser();
  await server.close();
});

const definition = `{
  "QueryLanguage": "JSONata",
  "StartAt": "List instances",
  "States": {
    "List instances": {
      "Type": "Task",
      "Resource": "arn:aws:states:::aws-sdk:ec2:describeInstances",
      "Arguments": { "Filters": [ { "Name": "vpc-id", "Values": ["\${VpcId}"] } ], "MaxResults": \${Max} },
      "Assign": { "count": "{% $count($states.result.Reservations) + 1 %}" },
      "Next": "Any?"
    },
    "Any?": {
      "Type": "Choice",
      "Choices": [ { "Condition": "{% $count > 0 %}", "Next": "Done" } ],
      "Default": "Done"
    },
    "Done": { "Type": "Succeed" }
  }
}
`;

/** The Studio in Code mode. */
async function open(theme: 'light' | 'dark' = 'light'): Promise<Visitor> {
  const visitor = await visit(server, { theme });
  await visitor.go(`/console/studio/${encodeURIComponent(stateMachineArn)}?mode=code`);
  await visitor.page.locator('.cm-content').waitFor();
  return visitor;
}

async function write({ page }: Visitor, text: string) {
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, text);
}

/** Puts the caret behind a text that the editor shows. */
async function caretBehind({ page }: Visitor, line: number, text: string) {
  const shown = page.locator('.cm-line').nth(line - 1);
  await shown.click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Home');
  const written = (await shown.textContent()) ?? '';
  const column = written.indexOf(text) + text.length;
  expect(column, `${text} in ${written}`).toBeGreaterThanOrEqual(text.length);
  const start = written.search(/\S/);
  await page.keyboard.press('Home');
  // Home goes to the first letter; from there it is so many steps.
  for (let at = start; at < column; at += 1) await page.keyboard.press('ArrowRight');
}

function lineOf(visitor: Visitor, line: number) {
  return visitor.page.locator('.cm-line').nth(line - 1);
}

test.each(['light', 'dark'] as const)('marks what is wrong at its line, %s', async (theme) => {
  const visitor = await open(theme);
  const { page } = visitor;
  await write(visitor, definition.replace('"Default": "Done"', '"Default": "Gone"'));
  const wrong = page.locator('.cm-lintRange-error', { hasText: 'Gone' });
  await wrong.waitFor();
  await wrong.hover();
  await page.locator('.cm-diagnostic', { hasText: 'Gone' }).waitFor();
  await screenshot(page, `code-${theme}`);
  expect(await axeFindings(page)).toEqual([]);

  // Broken: said at once, the last good states stay, and it is repaired by undoing.
  await caretBehind(visitor, 6, '"Task"');
  await page.keyboard.press('Delete');
  await page.locator('.studio-stale', { hasText: 'line 7' }).waitFor();
  await page.keyboard.press('ControlOrMeta+z');
  await page.locator('.studio-stale').waitFor({ state: 'detached' });
  await visitor.leave();
});

test('completes names, values, fields, expressions and actions', async () => {
  const visitor = await open();
  const { page } = visitor;
  const options = page.locator('.cm-tooltip-autocomplete li');
  await write(visitor, definition);

  await caretBehind(visitor, 15, '"Default": "Done"');
  await page.keyboard.press('ArrowLeft');
  for (const _ of 'Done') await page.keyboard.press('Backspace');
  await page.keyboard.press('Control+Space');
  await options.filter({ hasText: 'List instances' }).waitFor();
  expect(await options.allTextContents()).toEqual(['DoneSucceed', 'List instancesTask']);
  await page.keyboard.type('Lis');
  await options.filter({ hasText: 'Done' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  expect(await lineOf(visitor, 15).textContent()).toBe('      "Default": "List instances"');

  await caretBehind(visitor, 10, '"Any?"');
  await page.keyboard.type(',\n"TimeoutS');
  await options.filter({ hasText: 'TimeoutSeconds' }).waitFor();
  await screenshot(page, 'code-completion');
  await page.keyboard.press('Enter');
  await page.keyboard.type('60');
  expect(await lineOf(visitor, 11).textContent()).toBe('      "TimeoutSeconds": 60');

  await page.keyboard.type(',\n"Out');
  await options.filter({ hasText: 'Output' }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.type('{%$states.res');
  await options.filter({ hasText: /^result/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.type(' & $substringB');
  await options.filter({ hasText: '$substringBefore(' }).waitFor();
  await page.keyboard.press('Escape');

  // A variable that a state before assigns.
  await caretBehind(visitor, 16, '{% $count > 0');
  await page.keyboard.type(' + $co');
  await options.filter({ hasText: '$countVariable' }).waitFor();
  await page.keyboard.press('Escape');

  // Escape and Tab lead out of the editor.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  expect(await page.locator('.cm-content:focus').count()).toBe(0);
  await visitor.leave();
});

test('completes actions, and parameters from their models, in JSON and YAML', async () => {
  const visitor = await open();
  const { page } = visitor;
  const options = page.locator('.cm-tooltip-autocomplete li');
  const accept = async (typed: string, option: string) => {
    await page.keyboard.type(typed);
    const found = options.filter({ hasText: option }).first();
    // While the list is made anew after a key it takes no clicks.
    const content = page.locator('.cm-content');
    await expect
      .poll(
        async () => {
          await found.click({ timeout: 1_000 }).catch(() => {});
          return content.textContent();
        },
        { timeout: 20_000 },
      )
      .toContain(option);
  };
  await write(
    visitor,
    '{\n  "StartAt": "A",\n  "States": {\n    "A": {\n      "Type": "Task",\n      "End": true\n    }\n  }\n}\n',
  );
  await caretBehind(visitor, 5, '"Task",');
  await accept('\n"Res', 'Resource');
  await accept('elasticloadbalancingv2', 'aws-sdk:elasticloadbalancingv2:');
  await accept('deregisterT', 'elasticloadbalancingv2:deregisterTargets');
  await page.keyboard.press('End');
  await accept('\n"Para', 'Parameters');
  await page.keyboard.type('\n"');
  await options.filter({ hasText: 'TargetGroupArn' }).waitFor();
  // Those that are required say so and come first.
  expect(await options.allTextContents()).toEqual(['TargetGroupArnrequired', 'Targetsrequired']);
  await screenshot(page, 'code-parameters');
  await accept('', 'TargetGroupArn');
  await page.keyboard.type('arn');
  expect(await lineOf(visitor, 8).textContent()).toBe('        "TargetGroupArn": "arn"');

  const yaml =
    'StartAt: A\nStates:\n  A:\n    Type: Task\n    Resource: \n    Parameters:\n      ChangeBatch:\n        Changes:\n          - \n    End: true\n';
  await page.keyboard.press('ControlOrMeta+o');
  const file = { name: 'records.asl.yaml', mimeType: 'application/yaml', buffer: Buffer.from(yaml) };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.locator('.cm-line', { hasText: 'ChangeBatch:' }).waitFor();
  await caretBehind(visitor, 5, 'Resource: ');
  // An action is found without its service.
  await accept('changeResourceRec', 'aws-sdk:route53:changeResourceRecordSets');
  expect(await lineOf(visitor, 5).textContent()).toBe(
    '    Resource: arn:aws:states:::aws-sdk:route53:changeResourceRecordSets',
  );
  await caretBehind(visitor, 9, '- ');
  await accept('Acti', 'Action');
  await page.keyboard.press('Control+Space');
  await accept('', 'UPSERT');
  expect(await lineOf(visitor, 9).textContent()).toBe('          - Action: UPSERT');
  await visitor.leave();
});

test('is one with the canvas: selection, one history, changes from elsewhere', async () => {
  const visitor = await open();
  const { page } = visitor;
  await write(visitor, definition);
  await caretBehind(visitor, 13, '"Choice"');
  // The caret's state is selected: the status line names it, and Design mode shows its form.
  await page.getByText('Line 13').waitFor();
  await page.getByTestId('definition-editor').locator('xpath=..').getByText('Any?', { exact: true }).waitFor();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.type('\n"Comment": "Are there any?",');
  await page.getByRole('button', { name: 'Design', exact: true }).click();
  const comment = page.getByRole('textbox', { name: 'Comment', exact: true });
  expect(await comment.inputValue()).toBe('Are there any?');
  await comment.fill('From the form');
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await page.locator('.cm-line', { hasText: '"Comment": "From the form"' }).waitFor();
  await page.locator('.cm-flash').first().waitFor();
  await page.locator('.cm-content').focus();
  await page.keyboard.press('ControlOrMeta+z');
  await page.locator('.cm-line', { hasText: '"Comment": "Are there any?"' }).waitFor();
  await page.keyboard.press('ControlOrMeta+z');
  await page.locator('.cm-line', { hasText: '"Comment"' }).waitFor({ state: 'detached' });
  await page.keyboard.press('ControlOrMeta+Shift+Z');
  await page.locator('.cm-line', { hasText: '"Comment": "Are there any?"' }).waitFor();

  // What a field means.
  await page.locator('.cm-line', { hasText: '"Default"' }).getByText('"Default"').hover();
  const hint = page.locator('.cm-hint', { hasText: 'no rule matches' });
  await hint.waitFor();
  expect(await hint.getByRole('link').getAttribute('rel')).toBe('noreferrer');
  await screenshot(page, 'code-hint');

  await page.getByRole('button', { name: 'Format' }).click();
  await page.locator('.cm-line', { hasText: /^\s*"Name": "vpc-id",$/ }).waitFor();
  await page.getByRole('button', { name: 'Find' }).click();
  await page.locator('.cm-search').waitFor();
  await screenshot(page, 'code-search');
  expect(await axeFindings(page)).toEqual([]);
  await visitor.leave();
});

test('takes a megabyte', async () => {
  const visitor = await open();
  const { page } = visitor;
  const states = Object.fromEntries(
    Array.from({ length: 2000 }, (_, index) => {
      const next = index < 1999 ? { Next: `State ${index + 1}` } : { End: true };
      return [`State ${index}`, { Type: 'Pass', Comment: 'x'.repeat(420), ...next }];
    }),
  );
  const text = JSON.stringify({ StartAt: 'State 0', States: states }, null, 2);
  expect(text.length).toBeGreaterThan(1_000_000);
  await write(visitor, text);
  await page.keyboard.press('ControlOrMeta+Home');
  const start = Date.now();
  await page.keyboard.type('  [');
  await page.locator('.cm-line', { hasText: '  [' }).first().waitFor();
  expect(Date.now() - start).toBeLessThan(5000);
  await page.locator('.studio-stale').waitFor();
  await visitor.leave();
});

test('YAML keeps its comments and layout, whatever is changed', async () => {
  const visitor = await open();
  const { page } = visitor;
  const yaml = `# Waits, then tells.
StartAt: Pause
States:
  Pause: # not for long
    Type: Wait
    Seconds: \${Seconds}
    Next: Gone
  # At the end
  Tell:
    Type: Pass
    End: true
`;
  await page.keyboard.press('ControlOrMeta+o');
  const file = { name: 'waits.asl.yaml', mimeType: 'application/yaml', buffer: Buffer.from(yaml) };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.locator('.cm-line', { hasText: '# not for long' }).waitFor();
  await page.locator('.cm-lintRange-error', { hasText: 'Gone' }).waitFor();
  await caretBehind(visitor, 7, 'Next: Gone');
  for (const _ of 'Gone') await page.keyboard.press('Backspace');
  await page.keyboard.type('T');
  await page.locator('.cm-tooltip-autocomplete li', { hasText: 'Tell' }).waitFor();
  await screenshot(page, 'code-yaml');
  await page.keyboard.press('Enter');
  await page.getByText('Valid', { exact: true }).waitFor();

  await page.getByRole('button', { name: 'Design', exact: true }).click();
  await page.getByRole('textbox', { name: 'Comment' }).fill('A note: for people');
  await page.getByRole('button', { name: 'Code', exact: true }).click();
  await page.locator('.cm-line', { hasText: 'A note' }).waitFor();
  const lines = await page.locator('.cm-line').allTextContents();
  const expected = yaml.replace('Gone', 'Tell').replace('Wait\n', 'Wait\n    Comment: "A note: for people"\n');
  expect(`${lines.join('\n')}`).toBe(expected);
  await visitor.leave();
});
