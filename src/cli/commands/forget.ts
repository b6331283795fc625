import { loadSources } from '../../config/contracts.js';
import { withoutExports } from '../../night/corrections/forget.js';
import { readLive } from '../../release/commit.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { night } from '../night.js';
import { printOutcome } from '../summary.js';

/**
 * `run-job forget`: takes the rows of exports that are gone out of every table, in a run that does
 * everything else too.
 */
export async function forget(
  keys: readonly string[],
  options: { readonly config?: string; readonly json?: boolean },
): Promise<void> {
  const config = await openConfig(options.config);
  const exports = await openStore(config.exports, config.base);
  const live = await readLive(await openStore(config.output, config.base));
  const without = await withoutExports(keys, live, await loadSources(config), exports);
  const outcome = await night(config, [], without);
  await printOutcome(outcome, config, options);
}
