// node bench/soak.mjs [runs] [per window]: nights over small exports, one after the other in one
// process (the worker gives each a process of its own; this is harder). Each has a new export, and
// so something to publish, or every tenth nothing new. Prints memory, handles and file descriptors
// after each window; they must not grow.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NO_PROGRESS } from '../build/build/night.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { runNightly } from '../build/night/run.js';

const [runs, window] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 100)];
const folder = mkdtempSync(path.join(tmpdir(), 'dayfold-soak-'));
const models = ['clean', 'daily', 'rolling/user_window.sql', 'rolling/user_feature_window.sql'];
models.push(
  'rolling/resolution_lifetime.sql',
  'report/busiest_days.sql',
  'report/many_sessions_few_features.sql',
);
const jobs = path.join(folder, 'jobs');
mkdirSync(jobs, { recursive: true });

for (const model of models)
  cpSync(path.join('jobs', model), path.join(jobs, model), { recursive: true });
writeFileSync(
  path.join(folder, 'dayfold.yaml'),
  'engine: { threads: 1, memory_limit: 128MB }\nlog: { level: silent }\n',
);
const config = await loadConfig(path.join(folder, 'dayfold.yaml'));
const log = openLog('silent');
const night = (i) => {
  // the same few dates again and again: what is measured is the process, not a history that grows
  const date = `2026-11-${String(10 + (i % 10)).padStart(2, '0')}`;
  const rows = Array.from(
    { length: 20 },
    (_, n) => `${n},${n % 7},view,${date} 09:${10 + (i % 50)}:00`,
  );
  mkdirSync(path.join(folder, 'exports/activity_log'), { recursive: true });
  const file = path.join(folder, `exports/activity_log/activity_log_${date}.csv`);
  if (i % 10 !== 9)
    writeFileSync(file, `activity_id,user_id,activity_type,activity_at\n${rows.join('\n')}\n`);
  const clock = () => new Date('2026-11-22T03:00:00Z');
  return runNightly({
    config,
    asked: ['2026-11-20'],
    log,
    progress: NO_PROGRESS,
    clock,
    program: 'dayfold soak',
    jobs: [jobs],
  });
};
const megabytes = (bytes) => Math.round(bytes / 1e6);
const started = performance.now();
console.log('runs  seconds  rss MB  heap MB  descriptors  handles  scratch');
try {
  for (let i = 0; i <= runs; i++) {
    if (i % window === 0) {
      global.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      const scratch = readdirSync(folder, { recursive: true }).filter((name) =>
        name.includes('.dayfold-run'),
      ).length;
      const counts = [
        readdirSync('/proc/self/fd').length,
        process.getActiveResourcesInfo().length,
        scratch,
      ];
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log([i, seconds, megabytes(rss), megabytes(heapUsed), ...counts].join('  '));
    }
    await night(i);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
