import { stringify } from 'yaml';
import { effectiveConfig } from '../../config/origins.js';
import { configFile } from '../configuration.js';

/** Columns before the origin, where a value is no longer. */
const WIDTH = 52;

/** `run-job config`: the effective values, and where each comes from; secrets are not shown. */
export async function config(options: {
  readonly config?: string;
  readonly json?: boolean;
}): Promise<void> {
  const effective = await effectiveConfig(await configFile(options.config));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(effective, null, 2)}\n`);
    return;
  }
  const lines = effective.map(
    ({ key, value, from }) => `${`${key}: ${oneLine(value)}`.padEnd(WIDTH)}  # ${from}\n`,
  );
  process.stdout.write(lines.join(''));
}

function oneLine(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
