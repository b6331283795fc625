import type { Source } from '../config/source.js';
import { dateOrderOf, isWhole, type Mapping, mappingsOf, present } from './columns.js';
import type { Group } from './groups.js';
import type { Sample } from './sample.js';

/** A group of exports with the first records of its newest, and of the one before that. */
export interface SampledGroup {
  readonly group: Group;
  readonly newest: Sample;
  readonly before: Sample | undefined;
}

/** What was decided of a table. */
export interface Decision extends SampledGroup {
  readonly source: Source;
  readonly mappings: readonly Mapping[];
  readonly sureness: 'sure' | 'likely' | 'a guess';
  /** undefined: as the contract says */
  readonly delivery: 'upsert' | 'snapshot' | undefined;
  /** null: the dates do not show it; undefined: no dates of numbers */
  readonly dateOrder: ReturnType<typeof dateOrderOf>;
  /** whether times have an offset of their own */
  readonly hasOffsets: boolean;
}

/**
 * Words of file names that a table is known by, and a column without which it is not believed where
 * no word is there.
 */
const TABLES: Readonly<Record<string, { readonly words: RegExp; readonly needs: string }>> = {
  activity_log: { words: /activit|event|action|audit|click/i, needs: 'activity_type' },
  sessions: { words: /session|login|visit/i, needs: 'session_id' },
  feature_usage: { words: /feature|usage/i, needs: 'feature_name' },
  support_tickets: { words: /ticket|support|case|issue|incident/i, needs: 'ticket_id' },
  users: { words: /user|member|customer|account|people|person/i, needs: 'created_at' },
};

/** Which group each table comes from: the best fit first, each table and each group once. Pure. */
export function decide(looked: readonly SampledGroup[], sources: readonly Source[]): Decision[] {
  const fits = looked.flatMap((each) =>
    sources.flatMap((source) => {
      const others = sources.filter((other) => other !== source).flatMap(({ columns }) => columns);
      const times = others.filter(({ type }) => type === 'timestamp').flatMap(({ from }) => from);
      const mappings = mappingsOf(source, each.newest, new Set(times));
      const score = scoreOf(source, each, mappings);
      return score === undefined ? [] : [{ each, source, mappings, score }];
    }),
  );
  const chosen: Decision[] = [];
  fits.sort(
    (one, other) =>
      other.score - one.score || other.each.group.exports.length - one.each.group.exports.length,
  );
  for (const { each, source, mappings } of fits) {
    if (
      chosen.some(({ group, source: { table } }) => group === each.group || table === source.table)
    )
      continue;
    chosen.push(decisionOf(each, source, mappings));
  }
  return sources.flatMap(({ table }) => chosen.filter((each) => each.source.table === table));
}

function scoreOf(
  { table, columns }: Source,
  { group: { files }, newest }: SampledGroup,
  mappings: readonly Mapping[],
): number | undefined {
  const known = TABLES[table];
  const isNamed = known?.words.test(files) ?? files.includes(table);
  const has = (name: string) => mappings.some(({ column }) => column.name === name);
  if (!columns.every(({ name, required }) => !required || has(name))) return undefined;
  if (!isNamed && (known === undefined || !has(known.needs))) return undefined;
  if (!isNamed && table === 'users' && !isDistinct(newest, mappings)) return undefined;
  const found = mappings.reduce(
    (sum, { how }) => sum + (how === 'by its name' ? 1 : how === 'by a similar name' ? 0.6 : 0.2),
    0,
  );
  return (isNamed ? 3 : 0) + found;
}

/** A table of users has each user once. */
function isDistinct({ columns }: Sample, mappings: readonly Mapping[]): boolean {
  const ids = present(
    columns.get(mappings.find(({ column }) => column.name === 'user_id')?.from ?? '') ?? [],
  );
  return new Set(ids).size === ids.length;
}

/** The tables that a group could be, the best first, though another group is. Pure. */
export function likelyTables(
  { group, newest }: SampledGroup,
  sources: readonly Source[],
): string[] {
  return sources
    .filter(
      (source) =>
        scoreOf(
          source,
          { group, newest, before: undefined },
          mappingsOf(source, newest, new Set()),
        ) !== undefined,
    )
    .map(({ table }) => table);
}

function decisionOf(looked: SampledGroup, source: Source, mappings: readonly Mapping[]): Decision {
  const { group, newest } = looked;
  const isNamed =
    TABLES[source.table]?.words.test(group.files) ?? group.files.includes(source.table);
  const required = mappings.filter(({ column }) => column.required);
  const isPlain = required.every(({ how }) => how === 'by its name');
  const isGuessed = required.some(({ how }) => how === 'by its values');
  const times = mappings
    .filter(({ column }) => column.type === 'timestamp')
    .flatMap(({ from }) => present(newest.columns.get(from) ?? []));
  return {
    ...looked,
    source,
    mappings,
    sureness: isNamed && isPlain ? 'sure' : isGuessed || !isNamed ? 'a guess' : 'likely',
    delivery: deliveryOf(looked, source, mappings),
    dateOrder: dateOrderOf(times),
    hasOffsets: times.some((time) => /:\d{2}.*(Z|[+-]\d{2}:?\d{2})$/.test(time)),
  };
}

/** Fewer keys that come again say nothing. */
const KEYS_NEEDED = 5;

/**
 * By the keys of the export before the newest: all of them again is the whole table, some of them
 * changed rows.
 */
function deliveryOf(
  { newest, before }: SampledGroup,
  { key, delivery }: Source,
  mappings: readonly Mapping[],
): Decision['delivery'] {
  const columns = key
    .map((names) => names.map((name) => mappings.find(({ column }) => column.name === name)?.from))
    .find((names): names is string[] => names.every((name) => name !== undefined));
  if (before === undefined || columns === undefined) return undefined;
  const keysOf = (sample: Sample) =>
    new Set(
      Array.from({ length: sample.records }, (_, i) =>
        JSON.stringify(columns.map((name) => sample.columns.get(name)?.[i])),
      ),
    );
  const [old, young] = [keysOf(before), keysOf(newest)];
  const again = [...old].filter((each) => young.has(each)).length;
  if (old.size < KEYS_NEEDED) return undefined;
  if (again === old.size) return 'snapshot';
  return delivery === 'append' && again > 0.05 * old.size ? 'upsert' : undefined;
}

/**
 * The ids that are whole numbers in all tables that have them: an id has one type in all of them.
 */
export function wholeIds(decisions: readonly Decision[]): string[] {
  const found = new Map<string, string[]>();
  for (const { mappings, newest, before } of decisions) {
    for (const { column, from } of mappings.filter((each) => each.column.name.endsWith('_id'))) {
      const values = [newest, before].flatMap((sample) => present(sample?.columns.get(from) ?? []));
      found.set(column.name, [...(found.get(column.name) ?? []), ...values]);
    }
  }
  return [...found].filter(([, values]) => areWhole(values)).map(([name]) => name);
}

/**
 * A small share of other values are mistakes. A value with leading zeros never is, because 007 and
 * 7 are two ids.
 */
const MISTAKES = 0.02;

function areWhole(ids: readonly string[]): boolean {
  const others = ids.filter((id) => !isWhole(id)).length;
  return ids.length > 0 && others <= MISTAKES * ids.length && !ids.some((id) => /^0\d+$/.test(id));
}
