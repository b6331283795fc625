import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { ConflictError, GateError, LateExports, messageOf, Stopped } from '../errors.js';
import type { Log } from '../log.js';
import type { Outcome } from '../night/outcome.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { after, alertsOf, type Findings, slackOf } from './alerts.js';
import { notify, type Receivers } from './deliver.js';
import { openLineage } from './lineage.js';
import { NOTHING_REPORTED, readState, type State, writeState } from './state.js';

export interface NotifyOptions {
  readonly config: Config;
  /** as-of dates of the run */
  readonly asked: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** stores in place of the configured ones */
  readonly output?: Store;
}

/**
 * Does a run, and tells others of it as the configuration says: alerts, what follows a release,
 * lineage. Whatever of that fails is logged, and changes nothing of the run.
 */
export async function notifying(
  options: NotifyOptions,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  const { config, clock, log } = options;
  const output = async () => options.output ?? openStore(config.output, config.base);
  const lineage = openLineage(config, clock, randomUUID(), output);
  await unfailing(log, () => lineage.endKilled());
  await unfailing(log, () => lineage.started());
  try {
    const outcome = await work();
    await unfailing(log, () => lineage.completed(outcome));
    await unfailing(log, () => notifyReceivers(options, findingsOf(outcome), outcome));
    return outcome;
  } catch (error) {
    await unfailing(log, () => lineage.failed(messageOf(error)));
    await unfailing(log, () => notifyReceivers(options, findingsOfFailure(error), undefined));
    throw error;
  }
}

/** Tells of a run that was ended from outside, and so could not tell of itself. Never throws. */
export async function reportKilled(options: NotifyOptions, message: string): Promise<void> {
  await unfailing(options.log, () => notifyReceivers(options, { failed: message }, undefined));
}

/** A run that ended well reports everything, and late exports only if it looked for them. */
function findingsOf({ checks, late }: Outcome): Findings {
  const stale = checks.find(({ check }) => check === 'freshness')?.found ?? [];
  const found: Findings = {
    failed: null,
    gate: null,
    freshness: stale.length === 0 ? null : stale.join('; '),
  };
  if (late === undefined) return found;
  const tables = late.join(', ');
  const message = `No export for the newest as-of date yet of ${tables}: the night ran without.`;
  return { ...found, late: late.length === 0 ? null : message };
}

/**
 * Another run that is at work, or was first, is no incident, because it reports itself. Nor is a
 * run that was stopped.
 */
function findingsOfFailure(error: unknown): Findings {
  if (error instanceof ConflictError || error instanceof Stopped) return {};
  if (error instanceof LateExports) return { late: error.message };
  return error instanceof GateError ? { gate: error.message } : { failed: messageOf(error) };
}

function isAnybody({ webhook, command }: Receivers): boolean {
  return webhook !== null || command !== null;
}

async function notifyReceivers(
  options: NotifyOptions,
  findings: Findings,
  outcome: Outcome | undefined,
): Promise<void> {
  const { config, log, clock, asked } = options;
  const { alerts, after_publish: hook, base } = config;
  if (!isAnybody(alerts) && !isAnybody(hook)) return;
  const output = options.output ?? (await openStore(config.output, base));
  const before = await readState(output).catch((error: unknown) => {
    log.warn(
      { reason: messageOf(error) },
      'earlier notifications cannot be read: they may be sent again',
    );
    return undefined;
  });
  let state: State = before ?? NOTHING_REPORTED;
  if (isAnybody(alerts)) {
    const about = { at: clock().toISOString(), asked, output: output.url };
    for (const alert of alertsOf(state.incidents, findings, about)) {
      const sent = alerts.format === 'slack' ? slackOf(alert) : alert;
      const failures = await notify(alerts, alert, base, sent);
      for (const { message } of failures)
        log.warn({ alert: alert.alert, reason: message }, 'an alert was not delivered');
      // one receiver is enough: sending it to the others again would send it to that one twice
      if (failures.length < receivers(alerts))
        state = { ...state, incidents: after(state.incidents, alert) };
    }
  }
  if (isAnybody(hook) && outcome !== undefined && outcome.release > state.release) {
    const failures = await notify(hook, publishedOf(outcome, output), base);
    for (const { message } of failures)
      log.warn({ reason: message }, 'after_publish failed: the next night tries again');
    if (failures.length === 0) state = { ...state, release: outcome.release };
  }
  if (before !== undefined && state !== before) await writeState(output, state);
}

function receivers({ webhook, command }: Receivers): number {
  return [webhook, command].filter((each) => each !== null).length;
}

/** What after_publish sends of a release. */
function publishedOf({ release, run, asked, newest = asked.at(-1) }: Outcome, output: Store) {
  const report =
    newest === undefined ? null : output.locate(`latest/reports/${newest}/report.html`);
  return { event: 'published', release, run, as_of: newest ?? null, report, output: output.url };
}

/** A run does not fail because others cannot be notified. */
async function unfailing(log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'others could not be notified of this run');
  }
}
