import { EXIT } from '../errors.js';

/**
 * So long a night that is told to stop may take to clean up; less than what a container runtime
 * grants by default.
 */
const GRACE_MS = 8_000;

/**
 * Aborted when the process is told to end: by a scheduler, or with Ctrl-C. Told again, or after a
 * while, it ends at once.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.stopped);
      stop.abort();
      setTimeout(() => process.exit(EXIT.stopped), GRACE_MS).unref();
    });
  }
  return stop.signal;
}

/**
 * The same for the worker, which waits for its night as long as that takes; told again, it ends the
 * night, too.
 */
export function workerSignals(): { readonly stop: AbortSignal; readonly kill: AbortSignal } {
  const [stop, kill] = [new AbortController(), new AbortController()];
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        kill.abort();
        process.exit(EXIT.stopped);
      }
      stop.abort();
    });
  }
  return { stop: stop.signal, kill: kill.signal };
}
