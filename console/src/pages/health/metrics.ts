/** Prometheus' text format, as far as `/metrics` of this server writes it. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found || line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = found;
    const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
    if (!Number.isNaN(number)) samples.push({ name, labels: parseLabels(labels), value: number });
  }
  return samples;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

export type Accepts = (labels: Record<string, string>) => boolean;

/** The sum over all samples of a name whose labels are accepted. */
export function total(samples: readonly Sample[], name: string, accepts: Accepts = () => true): number {
  let sum = 0;
  for (const sample of samples) if (sample.name === name && accepts(sample.labels)) sum += sample.value;
  return sum;
}

/**
 * The value below which a share of the observations between two looks at a histogram were, taken to lie evenly in their bucket; null:
 * there were none.
 */
export function quantile(
  before: readonly Sample[],
  after: readonly Sample[],
  name: string,
  share: number,
  accepts: Accepts = () => true,
): number | null {
  const buckets = new Map<number, number>();
  const add = (samples: readonly Sample[], sign: number) => {
    for (const { name: found, labels, value } of samples) {
      if (found !== `${name}_bucket` || !accepts(labels)) continue;
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
      buckets.set(bound, (buckets.get(bound) ?? 0) + sign * value);
    }
  };
  add(after, 1);
  add(before, -1);
  const bounds = [...buckets].sort(([a], [b]) => a - b);
  const count = bounds.at(-1)?.[1] ?? 0;
  if (count <= 0) return null;
  const wanted = share * count;
  let [lower, below] = [0, 0];
  for (const [bound, upTo] of bounds) {
    if (upTo >= wanted)
      return Number.isFinite(bound) ? lower + ((bound - lower) * (wanted - below)) / (upTo - below) : lower;
    [lower, below] = [bound, upTo];
  }
  return lower;
}
