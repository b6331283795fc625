import { rollBack } from '../../night/corrections/rollback.js';
import { notifying } from '../../notify/notify.js';
import { openConfig } from '../configuration.js';
import { runOptions } from '../night.js';
import { printOutcome } from '../summary.js';

/** `run-job rollback`: makes an earlier release live again, as a new one. */
export async function rollback(
  release: string,
  options: { readonly config?: string; readonly json?: boolean },
): Promise<void> {
  const config = await openConfig(options.config);
  const about = await runOptions(config, []);
  const outcome = await notifying(about, () => rollBack(about, release));
  await printOutcome(outcome, config, options);
}
