import type { Source } from '../../../config/source.js';
import type { Partition } from '../../../release/schema.js';

/** How the columns of an export differ from those of the exports before it. */
export interface Change {
  readonly kind: 'added' | 'missing' | 'renamed' | 'reordered' | 'retyped';
  /** the columns, for a person */
  readonly columns: string;
}

/**
 * What each policy lets pass. Columns are found by their names, so that another order changes
 * nothing that is read.
 */
const ALLOWED: Record<Source['drift'], readonly Change['kind'][]> = {
  strict: [],
  additive: ['added', 'reordered'],
  lenient: ['added', 'missing', 'renamed', 'reordered', 'retyped'],
};

/** Of the changes those that the policy of the table does not let pass. Pure. */
export function forbidden(changes: readonly Change[], { drift }: Pick<Source, 'drift'>): Change[] {
  return changes.filter(({ kind }) => !ALLOWED[drift].includes(kind));
}

/** Changes for a person: `added plan; renamed begin to start`. */
export function describeChanges(changes: readonly Change[]): string {
  return changes.map(({ kind, columns }) => `${kind} ${columns}`).join('; ');
}

/**
 * The export with which the i-th is compared: of the last date before it, one with the same columns
 * if there is one. Pure.
 * @param exports oldest first
 */
export function exportBefore(exports: readonly Partition[], i: number): Partition | undefined {
  const now = exports[i];
  let found: Partition | undefined;
  for (let at = i - 1; at >= 0; at--) {
    const each = exports[at];
    if (now === undefined || each === undefined || (found !== undefined && each.date < found.date))
      break;
    // an empty file has no header, and says nothing of one
    if ((each.header === undefined) !== (now.header === undefined) || each.date === now.date)
      continue;
    if (isSame(each.header ?? [], now.header ?? [])) return each;
    found ??= each;
  }
  return found;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((column, i) => column === other[i]);
}

/** How the columns of an export differ from those of an earlier one. Pure. */
export function changesOf(
  before: Partition,
  now: Partition,
  source: Pick<Source, 'columns' | 'format' | 'rows'>,
): Change[] {
  const [old, young] = [before.header ?? [], now.header ?? []];
  const added = young.filter((name) => !old.includes(name));
  const missing = old.filter((name) => !young.includes(name) && isExpected(name, source));
  // a column that is where another was, among as many as there were
  const renamed =
    young.length === old.length
      ? missing.filter((name) => added.includes(young[old.indexOf(name)] ?? ''))
      : [];
  const to = renamed.map((name) => young[old.indexOf(name)] ?? '');
  const stayed = old.filter((name) => young.includes(name));
  const retyped = source.columns.filter(
    ({ name }) => isMostlyOther(name, now) && !isMostlyOther(name, before),
  );
  const changes: Change[] = [
    { kind: 'added', columns: added.filter((name) => !to.includes(name)).join(', ') },
    { kind: 'missing', columns: missing.filter((name) => !renamed.includes(name)).join(', ') },
    { kind: 'renamed', columns: renamed.map((name, i) => `${name} to ${to[i]}`).join(', ') },
    {
      kind: 'reordered',
      columns:
        isOrdered(source) &&
        !isSame(
          stayed,
          young.filter((name) => stayed.includes(name)),
        )
          ? young.join(', ')
          : '',
    },
    {
      kind: 'retyped',
      columns: retyped.map(({ name, type }) => `${name}, no ${type} any more`).join(', '),
    },
  ];
  return changes.filter((change) => change.columns !== '');
}

/**
 * Whether the columns of exports have an order. Keys of objects have none: the first record may
 * lack some.
 */
function isOrdered({ format }: Pick<Source, 'format'>): boolean {
  return format !== 'json' && format !== 'jsonl';
}

/**
 * Whether each export should have the column. Of JSON only keys that are read: objects may leave
 * others out.
 */
function isExpected(
  name: string,
  { columns, format, rows }: Pick<Source, 'columns' | 'format' | 'rows'>,
): boolean {
  if (isOrdered({ format }) || rows !== null || columns.some(({ sql }) => sql !== undefined))
    return true;
  return columns.some(({ from }) =>
    from.some((each) => each === name || each.startsWith(`${name}.`)),
  );
}

/** Whether most of the records were refused because this column is not of its type. */
function isMostlyOther(column: string, { counts }: Partition): boolean {
  const refused = Object.entries(counts?.quarantined ?? {})
    .filter(([rule]) => rule.startsWith(`${column}_not_a`) && rule !== `${column}_not_accepted`)
    .reduce((sum, [, count]) => sum + count, 0);
  return 2 * refused > (counts?.records ?? 0);
}
