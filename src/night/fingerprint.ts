import { createRequire } from 'node:module';
import type { Night } from '../build/night.js';
import { STAGING_VERSION } from '../build/recipe.js';
import type { Config } from '../config/config.js';
import type { Jobs } from '../config/jobs.js';
import type { Export } from '../ingest/exports.js';
import { isDerived } from '../release/derived.js';
import { digestOf } from '../release/digest.js';
import type { Commit } from '../release/schema.js';
import { type Branding, RENDERING_VERSION } from '../report/report.js';
import type { Store } from '../store/store.js';

/** The version of the engine's package: asking the engine itself would mean to load it. */
const ENGINE: string = createRequire(import.meta.url)('@duckdb/node-api/package.json').version;

/**
 * The hash of all that decides what a night makes of its exports: program, configuration, models
 * and how reports are shown. It may change though nothing else does, never the other way round.
 */
export function rulesOf(
  program: string,
  config: Config,
  { sources, models }: Jobs,
  shown: { readonly sections: readonly string[]; readonly look: Branding },
): string {
  // all that is not named here counts: a setting too many costs a night, one too few leaves wrong
  // numbers
  const {
    file: _,
    base: __,
    log,
    engine,
    exports: ___,
    output,
    schedule,
    http,
    alerts,
    after_publish,
    lineage,
    delta,
    ...content
  } = config;
  const texts = models.map(({ file: _, ...model }) => model);
  const pages = [RENDERING_VERSION, shown.sections, shown.look];
  const cluster = engine.kind === 'duckdb' ? [] : [engine.kind];
  return digestOf([program, STAGING_VERSION, ENGINE, content, sources, texts, pages, ...cluster]);
}

/**
 * The rules of a night on the engine that it runs its models on. The version of a cluster is known
 * only when it is asked, and nights with nothing new do not ask.
 */
export function rulesOn(rules: string, { engine, jobs }: Pick<Night, 'engine' | 'jobs'>): string {
  return jobs === engine ? rules : digestOf([rules, jobs.version]);
}

/**
 * The hash of all that decides what a night ends with: the rules, the listing of the exports and
 * the dates asked for.
 */
export function inputsOf(
  rules: string,
  listed: ReadonlyMap<string, readonly Export[]>,
  asked: readonly string[],
): string {
  const found = [...listed].map(([files, each]) => [
    files,
    each.map(({ key, version }) => [key, version]),
  ]);
  return digestOf([rules, found, asked]);
}

/**
 * Whether a release already is what the night would end with, and what is derived of it is whole.
 */
export async function isUnchanged(
  output: Store,
  newest: Commit,
  inputs: string,
  { delta }: Pick<Config, 'delta'>,
): Promise<boolean> {
  return (
    newest.envelope.night?.inputs === inputs &&
    (await isDerived(output, newest.release.number, delta))
  );
}
