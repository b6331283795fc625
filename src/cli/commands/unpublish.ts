import { withoutReports } from '../../night/corrections/unpublish.js';
import { readLive } from '../../release/commit.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { night } from '../night.js';
import { printOutcome } from '../summary.js';

/** `run-job unpublish`: takes an as-of date back, in a run that reads no new export. */
export async function unpublish(
  asOf: string,
  options: { readonly config?: string; readonly json?: boolean },
): Promise<void> {
  const config = await openConfig(options.config);
  const live = await readLive(await openStore(config.output, config.base));
  const outcome = await night(config, [], withoutReports(asOf, live));
  await printOutcome(outcome, config, options);
}
