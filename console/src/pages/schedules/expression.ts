/** Schedule expressions in words. Pure. */

/** `Every 15 minutes`, `Mon–Fri at 07:00`; null: the expression says it better. */
export function inWords(expression: string): string | null {
  const [, kind, text = ''] = /^(rate|at|cron)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'rate') return rateInWords(text);
  if (kind === 'at') return `Once, on ${text.replace('T', ' at ')}`;
  return kind === 'cron' ? cronInWords(text.trim().split(/\s+/)) : null;
}

function rateInWords(text: string): string | null {
  const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(text) ?? [];
  if (!count) return null;
  return Number(count) === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}

function cronInWords([minute = '', hour = '', day = '', month = '', weekday = '', year = '']: string[]): string | null {
  const time = timeInWords(minute, hour);
  const days = daysInWords(day, weekday);
  if (!time || !days) return null;
  const ofMonth = month === '*' ? '' : ` in ${month}`;
  const ofYear = year === '*' ? '' : ` of ${year}`;
  if (!time.startsWith('at')) return `${time}${days === 'every day' ? '' : `, ${days}`}${ofMonth}${ofYear}`;
  return `${days[0]?.toUpperCase()}${days.slice(1)}${ofMonth}${ofYear} ${time}`;
}

const isList = (text: string) => /^\d+(,\d+)*$/.test(text);

function timeInWords(minute: string, hour: string): string | null {
  if (isList(hour) && /^\d+$/.test(minute)) {
    return `at ${hour
      .split(',')
      .map((one) => `${one.padStart(2, '0')}:${minute.padStart(2, '0')}`)
      .join(', ')}`;
  }
  const every = /^(?:\*|0)\/(\d+)$/.exec(minute)?.[1];
  const hours = hour === '*' ? '' : /^\d+-\d+$/.test(hour) ? `, from ${hour.replace('-', ' to ')} o’clock` : null;
  if (hours === null) return null;
  if (minute === '*') return `Every minute${hours}`;
  if (every) return `Every ${every} minutes${hours}`;
  return minute === '0' ? `Every hour${hours}` : null;
}

const names: Record<string, string> = {
  SUN: 'Sun',
  MON: 'Mon',
  TUE: 'Tue',
  WED: 'Wed',
  THU: 'Thu',
  FRI: 'Fri',
  SAT: 'Sat',
};
const order = Object.values(names);

function daysInWords(day: string, weekday: string): string | null {
  if (weekday !== '?' && weekday !== '*') {
    const named = weekday.replace(/[A-Z]{3}|\d/g, (one) => names[one] ?? order[Number(one) - 1] ?? one);
    return /^[A-Z][a-z]{2}([-,][A-Z][a-z]{2})*$/.test(named) ? named.replaceAll('-', '–').replaceAll(',', ', ') : null;
  }
  if (day === '*' || day === '?') return 'every day';
  if (day === 'L') return 'the last day of the month';
  return isList(day) ? `day ${day.replaceAll(',', ', ')} of the month` : null;
}
