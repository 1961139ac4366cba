import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindings, closeBrowser, type Server, screenshot, serve, type Visitor, visit } from './harness';

let server: Server;
beforeAll(async () => {
  server = await serve();
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
      "Arguments": { "Filters": [ { "Name": "vpc-id", "Values": ["\${VpcId}"] } ] },
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

/** The Studio in Code mode with a text that was typed into it. */
async function open(theme: 'light' | 'dark' = 'light'): Promise<Visitor> {
  const visitor = await visit(server, { theme });
  await visitor.go('/console/studio?mode=code');
  await visitor.page.getByRole('button', { name: 'Code', exact: true }).click();
  await visitor.page.locator('.cm-content').waitFor();
  return visitor;
}

async function write({ page }: Visitor, text: string) {
  await page.locator('.cm-content').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

test.each(['light', 'dark'] as const)('looks like this, %s', async (theme) => {
  const visitor = await open(theme);
  await write(visitor, definition.replace('"Default": "Done"', '"Default": "Dane"'));
  await visitor.page.locator('.cm-lint-marker-error').first().waitFor();
  await screenshot(visitor.page, `code-${theme}`);
  expect(await axeFindings(visitor.page)).toEqual([]);
  await visitor.leave();
});
