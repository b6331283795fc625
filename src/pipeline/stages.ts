import { check, requireQuality } from './checks.js';
import { clean } from './clean.js';
import { derive } from './derive.js';
import { asOfDates, foldDays, foldWindows } from './fold.js';
import { requireSoundExports } from './gates.js';
import type { PreparedModel } from './models.js';
import { findMoved } from './moved.js';
import type { Night } from './night.js';
import { report } from './report.js';
import { publishSchemas } from './schemas.js';
import { stage } from './stage.js';

/** The night, stage by stage. @returns what the listing said of each export */
export async function build(night: Night, models: readonly PreparedModel[]): Promise<ReadonlyMap<string, string>> {
  const delivered = night.sources.filter(({ derivation }) => derivation === null);
  const derived = night.sources.filter(({ derivation }) => derivation !== null);
  const versions = await stage(night, delivered);
  requireSoundExports(night);
  await findMoved(night, delivered);
  await clean(night, models, delivered);
  await derive(night, models);
  await findMoved(night, derived);
  await clean(night, models, derived);
  await foldDays(night, models);
  const asOf = asOfDates(night, models);
  await foldWindows(night, models, asOf);
  await check(night, models, asOf);
  requireQuality(night);
  await report(night, models, asOf);
  await publishSchemas(night, models);
  return versions;
}
