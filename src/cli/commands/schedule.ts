import { systemClock } from '../../clock.js';
import { loadSources } from '../../config/contracts.js';
import { openLog } from '../../log.js';
import { openStore } from '../../store/open.js';
import { Readiness } from '../../worker/ready.js';
import { serve } from '../../worker/server.js';
import { Worker } from '../../worker/worker.js';
import { openConfig } from '../configuration.js';
import { MAIN } from '../itself.js';
import { workerSignals } from '../stop.js';

/** `run-job schedule`: runs nights by the clock until it is told to stop. */
export async function schedule(options: { readonly config?: string }): Promise<void> {
  const config = await openConfig(options.config);
  await loadSources(config); // mistakes in it are reported now, not at night
  const signals = workerSignals();
  const log = openLog(config.log.level);
  const exports = await openStore(config.exports, config.base);
  const output = await openStore(config.output, config.base);
  const file = options.config === undefined ? [] : ['--config', options.config];
  const nightArgs = (asOf: string) => [MAIN, 'nightly', ...file, '--date', asOf, '--json'];
  const worker = new Worker({ config, output, log, clock: systemClock, nightArgs, ...signals });
  const { host, port } = config.http;
  const readiness = new Readiness({ exports, output });
  const server =
    port === null
      ? undefined
      : await serve(host, port, { worker, readiness, output, look: config.report, log });
  try {
    await worker.run();
  } finally {
    server?.close();
    server?.closeAllConnections();
  }
}
