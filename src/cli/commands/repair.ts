import { loadSources } from '../../config/contracts.js';
import { DataError } from '../../errors.js';
import { type Examined, examine } from '../../night/corrections/repair.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { night } from '../night.js';
import { printOutcome } from '../summary.js';

export interface RepairOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly acceptLoss?: boolean;
}

/**
 * `run-job repair`: finds what is not as it was written, and builds it again in a run that
 * publishes a release.
 */
export async function repair({
  config: file,
  dryRun = false,
  acceptLoss = false,
}: RepairOptions): Promise<void> {
  const config = await openConfig(file);
  const exports = await openStore(config.exports, config.base);
  const output = await openStore(config.output, config.base);
  const examined = await examine(output, exports, await loadSources(config));
  process.stdout.write(describe(examined));
  if (dryRun || isWhole(examined)) return;
  if (examined.lost.length > 0 && !acceptLoss) {
    throw new DataError(
      'Expected that all rows can be built again, found some that are lost. Nothing was ' +
        'repaired: deliver their exports again, restore the objects from a backup, or go on ' +
        'without the rows with run-job repair --accept-loss',
    );
  }
  const outcome = await night(config, [], { base: examined.base });
  await printOutcome(outcome, config, {});
}

function isWhole({ damage, lost, changed }: Examined): boolean {
  return damage.length + lost.length + changed.length === 0;
}

/** What was found, for a person at a terminal. */
export function describe(examined: Examined): string {
  const { release, damage, lost, changed } = examined;
  if (isWhole(examined)) return `Release ${release} is whole: nothing to repair.\n`;
  const lines = [
    `Of release ${release}`,
    ...damage.map(({ key, problem, partition }) => {
      const what = problem === 'gone' ? 'is gone' : 'is not as it was written';
      return `  ${key} ${what}${partition === undefined ? '' : ` (${partition})`}`;
    }),
    ...changed.map((key) => `  ${key} was read with other bytes than it has now`),
    lost.length === 0 ? 'All of it can be built again.' : 'Lost, for the export is gone too:',
    ...lost.map(({ export: key, table, what }) => `  ${key}: ${what} of ${table}`),
  ];
  return `${lines.join('\n')}\n`;
}
