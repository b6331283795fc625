// What commands cost on a store with a long history: node bench/long_history.mjs [days, 730]
// [folder] Makes sample exports of this many days and runs a night over them, when the folder is
// new (minutes); then times what should not grow with the history. Needs npm run build.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FIRST = Date.parse('2026-09-22');
const TIMES = 5;

const days = Number(process.argv[2] ?? 730);
const folder = process.argv[3] ?? fileURLToPath(new URL(`.cache/history-${days}`, import.meta.url));
const date = (day) => new Date(FIRST + day * 86_400_000).toISOString().slice(0, 10);
const asOf = date(days - 1);
const config = ['--config', path.join(folder, 'dayfold.yaml')];

function run(...args) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args, ...config], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr || stdout}`);
  return (performance.now() - started) / 1000;
}

if (!existsSync(path.join(folder, 'output'))) {
  const { writeSample } = await import('../build/sample/write.js');
  await writeSample(folder, { days, users: 60 });
  run('nightly', '--date', asOf);
  run('nightly', '--from', date(days - 60), '--to', asOf);
}
const commands = {
  'nightly, nothing new': ['nightly', '--date', asOf],
  status: ['status'],
  explain: ['explain', 'user_lifetime', asOf],
  'explain --key': ['explain', 'user_lifetime', asOf, '--key', 'user_id=1016'],
  'explain --key, 120 days': ['explain', 'activity_trend', asOf, '--key', 'user_id=1016'],
  'gc --dry-run': ['gc', '--dry-run'],
};
console.log(
  `${days} days; seconds of wall time, process start included; best and median of ${TIMES}`,
);
for (const [name, args] of Object.entries(commands)) {
  const seconds = Array.from({ length: TIMES }, () => run(...args)).sort((a, b) => a - b);
  console.log(`${name.padEnd(26)} ${seconds[0].toFixed(2)} ${seconds[TIMES >> 1].toFixed(2)}`);
}
