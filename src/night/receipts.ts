import {
  type ChangedExport,
  causesOf,
  changedExports,
  changedParts,
  datesRead,
} from '../build/causes.js';
import type { PreparedModel } from '../build/models.js';
import type { Night } from '../build/night.js';
import { placeBytes, readParquet } from '../build/objects.js';
import { traceOf } from '../build/trace.js';
import { identifier, type Row, type Session, type Value } from '../engine/engine.js';
import type { Release } from '../release/release.js';
import type { DataObject, Partition, Receipt, StoredObject } from '../release/schema.js';

/** At most this many rows of each restated partition are listed; all of them are counted. */
const ROWS_TOLD = 100;

/** What was restated in a release, and where it is recorded. */
export interface Restated {
  readonly receipts: readonly Receipt[];
  readonly object: StoredObject;
}

/** What a release is compared with, and on whose word it differs from that. */
export interface Comparing {
  /** the release that the run builds on unless set */
  readonly published?: Release | undefined;
  /** the command that changed the reports though exports and models may be the same */
  readonly command?: 'rollback' | 'unpublish' | 'forget' | undefined;
}

/**
 * Compares each report partition that was published before with what it is now, and writes down
 * what changed: which rows, from which values to which, and because of which exports. All rows of
 * an as-of date that is taken back are gone.
 * @returns undefined when nothing that was published has changed
 */
export async function restate(
  night: Night,
  models: readonly PreparedModel[],
  { published = night.live.release, command }: Comparing = {},
): Promise<Restated | undefined> {
  const { next } = night;
  const changed = changedExports(published, next, night.sources);
  const receipts: Receipt[] = [];
  for (const model of models.filter(({ model }) => model.layer === 'report')) {
    const pairs = [...next.differences(published, (table) => table === model.table)]
      .flatMap(({ before, after }) =>
        before === undefined || before.digest === after?.digest ? [] : [{ before, after }],
      )
      .sort((a, b) => (a.before.name < b.before.name ? -1 : 1));
    if (pairs.length === 0) continue;
    const own = await receiptsOf(night, model, pairs, { published, changed });
    receipts.push(
      ...(command === undefined ? own : own.map((receipt) => commanded(receipt, command))),
    );
  }
  if (receipts.length === 0) return undefined;
  const body = Buffer.from(
    `[\n${receipts.map((receipt) => JSON.stringify(receipt)).join(',\n')}\n]\n`,
  );
  return { receipts, object: await placeBytes(night, body, 'objects/restatement', '.json') };
}

interface Pair {
  readonly before: Partition;
  /** undefined: the as-of date is taken back */
  readonly after: Partition | undefined;
}

async function receiptsOf(
  night: Night,
  model: PreparedModel,
  pairs: readonly Pair[],
  { published, changed }: { readonly published: Release; readonly changed: ChangedExport[] },
): Promise<Receipt[]> {
  const [session] = night.engine.sessions as [Session];
  const rows = await differingRows(night, session, model, pairs);
  return pairs.map((pair) => {
    const own = rows.filter((row) => row.as_of_date === pair.before.name);
    const [first] = own;
    return {
      report: model.model.name,
      as_of: pair.before.name,
      added: Number(first?.all_added ?? 0),
      removed: Number(first?.all_removed ?? 0),
      changed: Number(first?.all_changed ?? 0),
      rows: changesOf(model, own),
      because: becauseOf(night, pair, published, changed),
    };
  });
}

/** The exports, and the parts of the recipe, by which a report is another one. */
function becauseOf(
  { next, models, sources, config }: Night,
  { before, after }: Pair,
  published: Release,
  changed: ChangedExport[],
): Receipt['because'] {
  if (after === undefined) return { exports: [], recipe: [] };
  const definitions = { models, sources, reaches: { window: config.settings.long_window_days } };
  const trace = traceOf(after, next, definitions);
  // a date whose exports are gone was read before, and is not any more
  const read = [traceOf(before, published, definitions), trace].flatMap((each) =>
    datesRead(each, models),
  );
  const exports = causesOf(changed, read).map(({ export: name, change }) => ({
    export: name,
    change,
  }));
  const recipe = changedParts({ before, after }, trace, { before: published, after: next });
  return { exports, recipe };
}

function commanded(receipt: Receipt, command: string): Receipt {
  const { exports, recipe } = receipt.because;
  return { ...receipt, because: { exports, recipe: [...recipe, command] } };
}

/**
 * The rows that only one side has, those of one key next to each other, the first of each as-of
 * date; each with how many there are in all.
 */
async function differingRows(
  night: Night,
  session: Session,
  model: PreparedModel,
  pairs: readonly Pair[],
): Promise<Row[]> {
  const [before, after] = [
    pairs.flatMap((pair) => pair.before.objects),
    pairs.flatMap((pair) => pair.after?.objects ?? []),
  ];
  if (before.length + after.length === 0) return [];
  const relation = async (own: readonly DataObject[], other: readonly DataObject[]) =>
    own.length > 0
      ? readParquet(night, own)
      : `(from ${await readParquet(night, other)} where false)`;
  const [old, young] = [await relation(before, after), await relation(after, before)];
  // another model may have had other columns
  const columnsOf = async (from: string) =>
    new Set((await session.rows(`describe select * from ${from}`)).map((row) => row.column_name));
  const [had, has] = [await columnsOf(old), await columnsOf(young)];
  const common = [...model.columns.keys()]
    .filter((name) => had.has(name) && has.has(name))
    .map(identifier);
  const list = common.join(', ');
  const grain = model.model.grain.map(identifier).filter((name) => common.includes(name));
  const key = ['as_of_date', ...(grain.length > 0 ? grain : common)].join(', ');
  return session.rows(
    `with removed as (select ${list} from ${old} except all select ${list} from ${young}),
     added as (select ${list} from ${young} except all select ${list} from ${old}),
     sides as (select 0 as side, * from removed union all select 1 as side, * from added),
     keyed as (select *, count(*) over same as sides_of_key from sides
       window same as (partition by ${key})),
     counted as (
       select *,
         count_if(side = 1 and sides_of_key = 1) over whole as all_added,
         count_if(side = 0 and sides_of_key = 1) over whole as all_removed,
         count_if(side = 1 and sides_of_key > 1) over whole as all_changed,
         dense_rank() over (partition by as_of_date order by ${key}) as place
       from keyed window whole as (partition by as_of_date))
     select *, cast(as_of_date as varchar) as as_of_date from counted where place <= ${ROWS_TOLD}
       order by ${key}, side`,
  );
}

/** One change for each key: the row as it was, and as it is. */
function changesOf({ model, columns }: PreparedModel, rows: readonly Row[]): Receipt['rows'] {
  const changes: { before: Values | null; after: Values | null; key: string }[] = [];
  for (const row of rows) {
    const values: Values = {};
    for (const name of columns.keys())
      if (name in row && name !== 'as_of_date') values[name] = plain(row[name] ?? null);
    const key = JSON.stringify(model.grain.map((name) => values[name] ?? null));
    const last = changes.at(-1);
    if (row.side === 0) changes.push({ before: values, after: null, key });
    else if (last?.key === key && last.after === null) last.after = values;
    else changes.push({ before: null, after: values, key });
  }
  return changes.map(({ before, after }) => ({ before, after }));
}

type Values = Record<string, string | number | boolean | null>;

/** JSON has no integers beyond 2^53: they are written as text. */
function plain(value: Value): Values[string] {
  return typeof value === 'bigint'
    ? Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value)
    : value;
}
