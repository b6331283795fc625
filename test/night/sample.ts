import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { SAMPLE_CONFIG } from '../../src/sample/config.js';
import { type SampleOptions, writeSample } from '../../src/sample/write.js';
import type { Deployment } from './nights.js';

/** The configuration of the sample, with settings in place of its own. */
export function ofSample(settings: object = {}): string {
  return stringify({ ...parse(SAMPLE_CONFIG), ...settings });
}

/** Delivers the exports of the sample. */
export async function deliverSample(
  { folder, exports }: Deployment,
  options: SampleOptions = {},
): Promise<void> {
  const sample = path.join(folder, 'sample');
  await writeSample(sample, options);
  await fs.cp(path.join(sample, 'exports'), exports.folder, { recursive: true });
}
