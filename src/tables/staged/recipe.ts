import type { PreparedModel } from '../../build/models.js';
import type { Night } from '../../build/night.js';
import { formatOf, type Recipe, STAGING_VERSION } from '../../build/recipe.js';
import type { Source } from '../../config/source.js';
import type { Export } from '../../ingest/exports.js';
import { readingOf } from '../../ingest/sql/mapping.js';
import { digestOf, sha256 } from '../../release/digest.js';
import type { Discard } from '../../release/schema.js';

/** An export that is to be in the release. */
export interface Wanted {
  readonly source: Source;
  readonly rules: Rules;
  readonly export: Export;
  /** counters: the key of the export before this one, which may be gone */
  readonly before: string | undefined;
}

/** What decides how the exports of a table are staged, worked out once for all of them. */
export interface Rules {
  /** JSON */
  readonly contract: string;
  /** digests */
  readonly reading: string;
  readonly settings: string;
  readonly engine: string;
  /** of dated tables, of what their clean model makes of each row */
  readonly model: string | undefined;
}

/** The clean model of a table whose rows pass it while they are staged: a dated one. */
export function cleanModelOf(
  models: readonly PreparedModel[],
  { table, partition }: Source,
): PreparedModel | undefined {
  if (partition !== 'event_date') return undefined;
  return models.find(({ model }) => model.layer === 'clean' && model.name === table);
}

export function rulesOf(
  { config, engine }: Night,
  source: Source,
  model: PreparedModel | undefined,
): Rules {
  const {
    files,
    required,
    description,
    missing_exports,
    max_age_days,
    max_quarantine,
    max_conflicts,
    allow_empty,
    drift,
    unique_within_days,
    ...rules
  } = source;
  const columns = rules.columns.map(({ max_missing, description, isAdded, ...column }) => column);
  const { earliest, time_zone } = config;
  // how long it may take does not change what comes out
  const { seconds, ...limits } = config.limits;
  return {
    contract: JSON.stringify({ ...rules, columns }),
    reading: digestOf([readingOf(source), time_zone]),
    settings: digestOf([earliest, time_zone, limits]),
    engine: digestOf([STAGING_VERSION, engine.version, formatOf(config)]),
    model: model && digestOf([model.method.model, model.method.settings]),
  };
}

/**
 * What decides how an export is staged: its content, its date, the rules of its table, and of a
 * counter the export before.
 */
export function recipeOf(
  night: Night,
  { source, rules, export: each, before }: Wanted,
  digest: string,
): Recipe {
  const earlier =
    before === undefined ? undefined : night.next.get(`staged/${source.table}`, before)?.digest;
  const last = night.live.release.get(`staged/${source.table}`, each.key);
  const discards = discardsDigest(last?.inputs.export === digest ? last.discards : undefined);
  const { contract, reading, settings, engine, model } = rules;
  return {
    export: digest,
    ...(source.delivery === 'counter' ? { before: earlier ?? '' } : {}),
    contract: sha256(`[${contract},${JSON.stringify(each.date)}]`),
    ...{ reading, settings, engine },
    ...(model === undefined ? {} : { model }),
    ...(discards === undefined ? {} : { discards }),
  };
}

export function discardsDigest(discards: readonly Discard[] | undefined): string | undefined {
  return discards === undefined ? undefined : digestOf(discards);
}
