import type { Night } from '../build/night.js';
import { replacedNotes } from '../config/jobs.js';
import { sectionTexts } from '../config/sections.js';
import { DataError } from '../errors.js';
import { type Export, listAllExports, requireAny } from '../ingest/exports.js';
import { readNewest } from '../release/commit.js';
import type { Release } from '../release/release.js';
import type { Commit } from '../release/schema.js';
import type { Store } from '../store/store.js';
import { brandingOf } from '../tables/reports/branding.js';
import { inputsOf, rulesOf } from './fingerprint.js';
import {
  identityOf,
  requireKnownDates,
  requireSameIdentity,
  requireSharedFiles,
} from './guards.js';
import type { RunOptions } from './options.js';
import type { Setup } from './tools.js';

/**
 * What there is: the exports that are listed, the newest commit, and the hashes of what decides the
 * night.
 */
export async function gatherInputs(options: RunOptions, setup: Setup) {
  const { config, program, asked, base, clock, force, isFrozen } = options;
  const { sources, models, exports, output } = setup;
  const files = sources
    .filter(({ derivation }) => derivation === null)
    .map((source) => source.files);
  const { marker } = config.wait_for;
  const { exports: found, ignored } = await listAllExports(
    exports,
    marker === null ? files : [...files, marker],
  );
  const listed = new Map<string, readonly Export[]>(found);
  if (isFrozen && base !== undefined) freeze(listed, sources, base.release);
  requireAny(exports, files, files.flatMap((each) => listed.get(each) ?? []).length);
  if (!force) requireKnownDates(asked, listed, config, clock());
  // a run on another base may be there to repair the newest commit, which cannot be read then
  const newest = base === undefined ? await readNewest(output) : undefined;
  const published = newest ?? base?.commit ?? (await readableNewest(output));
  if (!force) requireSameIdentity(published, identityOf(config, setup), config.file, output.url);
  requireSharedFiles(published, config);
  const shown = { sections: await sectionTexts(models), look: await brandingOf(config) };
  const rules = rulesOf(program, config, setup, shown);
  return {
    newest,
    listed,
    ignored: [...ignored, ...replacedNotes(models)],
    rules,
    inputs: inputsOf(rules, listed, asked),
  };
}

/** The newest commit, unless it is what a run is there to repair. */
async function readableNewest(output: Store): Promise<Commit | undefined> {
  return readNewest(output).catch((error: unknown) => {
    if (error instanceof DataError) return undefined;
    throw error;
  });
}

/** Puts the exports of a release, as it read them, in the place of those that are there. */
function freeze(
  listed: Map<string, readonly Export[]>,
  sources: Night['sources'],
  release: Release,
): void {
  for (const { table, files } of sources.filter(({ derivation }) => derivation === null)) {
    const known = release.exportsOf(table);
    listed.set(
      files,
      known.map(({ name: key, date }) => ({
        key,
        date,
        bytes: 0,
        version: release.listing.get(key) ?? '',
      })),
    );
  }
}
