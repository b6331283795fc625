import type { Config } from '../config/config.js';
import type { Source } from '../config/contracts.js';
import type { Export } from '../ingest/exports.js';
import { digestOf } from '../release/digest.js';
import { isMirrored } from '../release/mirror.js';
import type { Commit } from '../release/schema.js';
import type { Store } from '../store/store.js';
import type { PreparedModel } from './models.js';
import { STAGING_VERSION } from './stage.js';

/**
 * The hash of all that decides what a night ends with: program, configuration, models, the listing of the exports and
 * the dates asked for. It may change though nothing else does, never the other way round.
 */
export function inputsOf(
  program: string,
  config: Config,
  sources: readonly Source[],
  models: readonly PreparedModel[],
  listed: ReadonlyMap<string, readonly Export[]>,
  asked: readonly string[],
): string {
  const { file: _, base: __, engine: ___, log: ____, exports: _____, output: ______, ...content } = config;
  const methods = models.map(({ table, method, model: { file: _, ...model } }) => [table, method, model]);
  const exports = [...listed].map(([files, found]) => [files, found.map(({ key, version }) => [key, version])]);
  return digestOf([program, STAGING_VERSION, content, sources, methods, exports, asked]);
}

/** Whether a release already is what the night would end with, and its mirror is whole. */
export async function isUnchanged(output: Store, newest: Commit, inputs: string): Promise<boolean> {
  return newest.envelope.night?.inputs === inputs && (await isMirrored(output, newest.release.number));
}
