import { expect, test } from 'vitest';
import { inWords } from './expression';

test('expressions are said in words where words are clearer', () => {
  const said: Record<string, string | null> = {
    'rate(1 minute)': 'Every minute',
    'rate(15 minutes)': 'Every 15 minutes',
    'at(2027-04-01T07:00:00)': 'Once, on 2027-04-01 at 07:00:00',
    'cron(30 3 * * ? *)': 'Every day at 03:30',
    'cron(0 7 ? * MON-FRI *)': 'Mon–Fri at 07:00',
    'cron(0 7 ? * 2 *)': 'Mon at 07:00',
    'cron(0 8,20 1,15 * ? *)': 'Day 1, 15 of the month at 08:00, 20:00',
    'cron(0 12 L * ? 2027)': 'The last day of the month of 2027 at 12:00',
    'cron(0/10 8-17 ? * MON *)': 'Every 10 minutes, from 8 to 17 o’clock, Mon',
    'cron(0 * * * ? *)': 'Every hour',
    'cron(0 7 ? * 2#1 *)': null,
    'every day': null,
  };
  for (const [expression, words] of Object.entries(said)) expect(inWords(expression), expression).toBe(words);
});
