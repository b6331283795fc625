import type { PreparedModel } from '../build/models.js';
import type { Night } from '../build/night.js';
import { allDone } from '../build/pool.js';
import { checkDates, checkWindows, requireQuality } from '../tables/checks.js';
import { clean } from '../tables/clean/clean.js';
import { requireFewConflicts } from '../tables/clean/conflicts.js';
import { derive } from '../tables/clean/derive.js';
import { findMoved } from '../tables/clean/relocated.js';
import { asOfDates, foldDays, foldPeriods, foldWindows } from '../tables/modelled.js';
import { report, reportFiles } from '../tables/reports/reports.js';
import { publishSchemas } from '../tables/reports/schemas.js';
import { requireSoundExports } from '../tables/staged/policies.js';
import { stage } from '../tables/staged/stage.js';

/** The night, stage by stage. @returns what the listing said of each export */
export async function build(night: Night, models: readonly PreparedModel[]): Promise<ReadonlyMap<string, string>> {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  const derived = night.sources.filter(({ derivation }) => derivation !== null);
  const versions = await stage(night, models, delivered);
  await requireSoundExports(night);
  await findMoved(night, delivered);
  await clean(night, models, delivered);
  await requireFewConflicts(night, delivered);
  await derive(night, models);
  await findMoved(night, derived);
  await clean(night, models, derived);
  await foldDays(night, models);
  const asOf = asOfDates(night, models);
  // files that a failed check leaves behind are named by no release
  await allDone([foldWindows(night, models, asOf), foldPeriods(night, models), checkDates(night, models)]);
  await allDone([checkWindows(night, models, asOf), reportFiles(night, models, asOf)]);
  requireQuality(night);
  await report(night, models, asOf);
  await publishSchemas(night, models);
  return versions;
}
