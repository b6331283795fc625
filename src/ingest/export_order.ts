/** What decides which of two exports is later. */
interface Named {
  readonly key: string;
  readonly date: string;
}

/**
 * Compares exports: the later one has the later date, else the name that comes later. Numbers in
 * names compare as numbers, and a name is earlier than the same one with more behind it:
 * `part-2.csv`, `part-10.csv`, `part-10 (2).csv`, `part-10-v2.csv`.
 */
export function compareExports(a: Named, b: Named): number {
  if (a.date !== b.date) return a.date < b.date ? -1 : 1;
  const [ours, theirs] = [a.key.split('/'), b.key.split('/')];
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const order = compareNames(ours[i] as string, theirs[i] as string);
    if (order !== 0) return order;
  }
  return ours.length - theirs.length || compareText(a.key, b.key);
}

/** Compares names without what they end in, such as `.csv.gz`; then that. */
function compareNames(a: string, b: string): number {
  const [ours, theirs] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.min(ours.length, theirs.length); i++) {
    const order = compareParts(ours[i] as string, theirs[i] as string);
    if (order !== 0) return order;
  }
  return ours.length - theirs.length || compareText(a, b);
}

/** The runs of digits of a name, and what is between them. */
function partsOf(name: string): string[] {
  return name.replace(/(\.[a-z]+)+$/i, '').match(/\d+|\D+/g) ?? [];
}

function compareParts(a: string, b: string): number {
  const [digits, others] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (!digits || !others) return compareText(a, b);
  const [ours, theirs] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return ours.length - theirs.length || compareText(ours, theirs);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
