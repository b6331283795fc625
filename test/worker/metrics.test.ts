import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { PrintedOutcome } from '../../src/night/outcome.js';
import { recordOf } from '../../src/worker/history.js';
import { Metrics } from '../../src/worker/metrics.js';

const NOW = new Date('2026-11-21T03:01:00Z');
const LEDGER = [
  {
    ...{
      table: 'sessions',
      records: 10,
      staged: 8,
      repeated: 0,
      quarantined: { user_id_not_an_integer: 2 },
    },
    ...{ unchanged: 0, kept: 7, duplicates: 1, conflicts: 0 },
  },
];
const CHECKS = [
  { check: 'known_users', severity: 'warn' as const, violations: 3, found: ['sessions: 3'] },
];
const TOLD: PrintedOutcome = {
  ...{
    run: 'r',
    asked: ['2026-11-20'],
    release: 7,
    published: true,
    ledger: LEDGER,
    built: [],
    reused: 12,
    restated: [],
  },
  requests: {
    exports: { LIST: 1, BYTES_READ: 400 },
    output: { PUT: 3, GET: 2, RETRY: 1, BYTES_WRITTEN: 900 },
  },
  ...{ notes: [], checks: [], started_at: '', seconds: 60 },
};

function metricsOf(freshness: number | undefined): Metrics {
  return new Metrics({
    freshness: () => freshness,
    nextRun: () => new Date('2026-11-22T03:00:00Z'),
  });
}

/** The lines of a scrape, without the metrics of the process. */
async function scrape(metrics: Metrics): Promise<string[]> {
  return (await metrics.registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('dayfold_'));
}

/** A worker that has run one night well and one not. */
function used(): Metrics {
  const metrics = metricsOf(10_860);
  metrics.read({ number: 7, ledger: LEDGER, checks: CHECKS });
  metrics.began(60);
  metrics.ended(
    recordOf('2026-11-20', NOW, 60, { code: 0, signal: null, outcome: TOLD }),
    TOLD,
    NOW,
  );
  metrics.began(120);
  const outcome = { exit_code: 5, error: 'the disk is full' };
  metrics.ended(recordOf('2026-11-20', NOW, 1, { code: 5, signal: null, outcome }), outcome, NOW);
  return metrics;
}

test('metrics tell of nights, rows, requests and how fresh the numbers are', async () => {
  expect(await scrape(used())).toEqual(
    expect.arrayContaining([
      'dayfold_nights_total{result="published"} 1',
      'dayfold_nights_total{result="failed"} 1',
      'dayfold_exits_total{code="5"} 1',
      'dayfold_last_night_failed 1',
      'dayfold_check_violations{check="known_users",severity="warn"} 3',
      'dayfold_night_running 0',
      'dayfold_schedule_lag_seconds 120',
      'dayfold_freshness_seconds 10860',
      'dayfold_next_run_timestamp_seconds 1795316400',
      'dayfold_release 7',
      'dayfold_rows{table="sessions",outcome="kept"} 7',
      'dayfold_quarantined_rows{table="sessions",rule="user_id_not_an_integer"} 2',
      'dayfold_partitions_total{outcome="reused"} 12',
      'dayfold_store_requests_total{store="output",kind="PUT"} 3',
      'dayfold_store_retries_total{store="output"} 1',
      'dayfold_store_bytes_total{store="output",direction="written"} 900',
      'dayfold_night_duration_seconds_count{result="published"} 1',
    ]),
  );
});

test('before the first release nothing is said of how fresh it is', async () => {
  const lines = await scrape(metricsOf(undefined));
  expect(lines.filter((line) => line.startsWith('dayfold_freshness_seconds'))).toEqual([]);
});

const PROMTOOL = '/usr/bin/promtool';

test.skipIf(!existsSync(PROMTOOL))(
  'Prometheus reads them, and has nothing to say against their names',
  async () => {
    const input = await used().registry.metrics();
    expect(execFileSync(PROMTOOL, ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
  },
);

test.skipIf(!existsSync(PROMTOOL))(
  'each alert rule fires when it should, and goes when it should',
  () => {
    const cwd = path.resolve('deploy/prometheus');
    expect(
      execFileSync(PROMTOOL, ['test', 'rules', 'alerts_test.yaml'], { cwd, encoding: 'utf8' }),
    ).toContain('SUCCESS');
  },
);

test('alert rules and the dashboard ask for metrics that are there, and each has its section in the runbook', async () => {
  const { readFile } = await import('node:fs/promises');
  const rules = await readFile('deploy/prometheus/alerts.yaml', 'utf8');
  const runbook = await readFile('docs/operations.md', 'utf8');
  const known = (await used().registry.getMetricsAsArray()).map(({ name }) => name);
  const dashboard = await readFile('deploy/grafana/dayfold.json', 'utf8');
  const asked = [...`${rules} ${dashboard}`.matchAll(/\bdayfold_[a-z_]+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  );
  expect(asked.filter((name) => !known.includes(name))).toEqual([]);
  const outcome = known.filter(
    (name) => name.startsWith('dayfold_') && !runbook.includes(`\`${name}\``),
  );
  expect(outcome).toEqual([]);
  for (const [, alert] of rules.matchAll(/alert: (\w+)/g))
    expect(runbook).toContain(`### ${alert}\n`);
});
