import { expect, test } from 'vitest';
import { bytesText, durationText, relativeText, timeText } from './time';

test('times name their zone where they are exact', () => {
  const millis = Date.UTC(2026, 10, 23, 9, 5, 7, 12);
  expect(timeText(millis, 'utc')).toBe('Nov 23, 2026, 09:05:07');
  expect(timeText(millis, 'utc', true)).toBe('Nov 23, 2026, 09:05:07.012 (UTC+00:00)');
  expect(timeText(Date.UTC(2026, 0, 1), 'utc')).toBe('Jan 1, 2026, 00:00:00');
});

test('durations have two units', () => {
  const texts = [0, 999.6, 1_240, 9_999, 59_960, 125_000, 3_600_000, 11_520_000, 188_000_000].map(durationText);
  expect(texts).toEqual(['0 ms', '1.00 s', '1.24 s', '10.0 s', '1 min', '2 min 5 s', '1 h', '3 h 12 min', '2 d 4 h']);
});

test('ago and ahead', () => {
  expect(relativeText(0, 3_000)).toBe('just now');
  expect(relativeText(0, 90_000)).toBe('1 minute ago');
  expect(relativeText(7_200_000, 0)).toBe('in 2 hours');
  expect(relativeText(0, 40 * 86_400_000)).toBe('1 month ago');
});

test('bytes', () => {
  expect([812, 12_700, 5 * 1024 ** 2, 2.1 * 1024 ** 3].map(bytesText)).toEqual([
    '812 B',
    '12.4 KB',
    '5.0 MB',
    '2.1 GB',
  ]);
});
