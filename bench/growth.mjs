// What one night more costs with this many days behind it, by the kind of key:
//   node bench/growth.mjs [days, 60,240] [keys a day, 20000] [turns, 3]
// One table, sessions, with keys that count on or are random (UUIDs). Each history is built as one
// backfill; the night after it is the same whatever the history. CPU seconds of the whole process,
// and the files of the output that it opens (Linux, with strace). Needs npm run prepare.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const cache = process.env.DAYFOLD_BENCH_CACHE ?? fileURLToPath(new URL('.cache', import.meta.url));
const histories = (process.argv[2] ?? '60,240').split(',').map(Number);
const perDay = Number(process.argv[3] ?? 20_000);
const turns = Number(process.argv[4] ?? 3);
const last = Math.max(...histories);
const dateOf = (day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
const MILLION = 1_000_000;
/** Removed at the end: ext4 makes files more slowly for a minute after others were removed. */
const copies = [];

const KEYS = {
  sequential: (n) => String(100 * MILLION + n),
  random: (n) => {
    const hex = createHash('sha256').update(String(n)).digest('hex');
    return [0, 8, 12, 16, 20].map((at, i) => hex.slice(at, [8, 12, 16, 20, 32][i])).join('-');
  },
};

function exportOf(keyOf, day) {
  const lines = ['session_id,user_id,login_time,logout_time'];
  for (let i = 0; i < perDay; i++) {
    const start = Date.parse(`${dateOf(day)}T00:00:00Z`) + Math.floor((i * 86_000_000) / perDay);
    const [login, logout] = [start, start + 60_000].map((at) => new Date(at).toISOString());
    lines.push(`${keyOf(day * perDay + i)},${(i * 7919) % 5000},${login},${logout}`);
  }
  return `${lines.join('\n')}\n`;
}

const ticks = (fields) => (Number(fields[13]) + Number(fields[14])) / 100;
const childSeconds = () => ticks(readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' '));

function night(folder, args, before = []) {
  const command = [...before, process.execPath, MAIN, 'nightly', ...args];
  const started = childSeconds();
  const { status, stderr } = spawnSync(
    command[0],
    [...command.slice(1), '--config', path.join(folder, 'dayfold.yaml'), '--json'],
    { encoding: 'utf8', maxBuffer: 1 << 30 },
  );
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return childSeconds() - started;
}

async function history(kind, days) {
  const kept = path.join(cache, `growth-${kind}-${days}-of-${last}-${perDay}`);
  if (existsSync(kept)) return kept;
  const folder = `${kept}.partial`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(path.join(folder, 'exports'), { recursive: true });
  for (let day = last - days; day < last; day++)
    await writeFile(
      path.join(folder, 'exports', `sessions_${dateOf(day)}.csv`),
      exportOf(KEYS[kind], day),
    );
  await writeFile(
    path.join(folder, 'dayfold.yaml'),
    'exports: { store: ./exports }\noutput: { store: ./output }\n' +
      'tables: { sessions: { files: "sessions_{date}.csv" } }\n',
  );
  night(folder, ['--date', dateOf(last - 1)]);
  await rename(folder, kept);
  return kept;
}

function openedIn(trace) {
  const names = readFileSync(trace, 'utf8').matchAll(
    /openat\([^"]*"[^"]*\/objects\/([^"]+)"[^=]*= \d/g,
  );
  const opened = [...names].filter(([call]) => !/O_(WRONLY|RDWR|CREAT)/.test(call));
  return new Set(opened.map(([, name]) => name)).size;
}

async function oneMore(kind, days) {
  const kept = await history(kind, days);
  let folder = '';
  const copy = async () => {
    folder = path.join(cache, `growth-night-${copies.length}`);
    copies.push(folder);
    await rm(folder, { recursive: true, force: true });
    spawnSync('cp', ['-a', kept, folder]); // to the nanosecond, so that no export seems to be new
    await writeFile(
      path.join(folder, 'exports', `sessions_${dateOf(last)}.csv`),
      exportOf(KEYS[kind], last),
    );
    spawnSync('sync'); // else the night pays for writing back what was copied
  };
  const cpu = [];
  for (let turn = 0; turn < turns; turn++) {
    await copy();
    cpu.push(night(folder, ['--date', dateOf(last)]));
  }
  await copy();
  const trace = path.join(cache, 'growth-trace');
  night(folder, ['--date', dateOf(last)], ['strace', '-f', '-e', 'trace=openat', '-o', trace]);
  const opened = openedIn(trace);
  await rm(trace);
  return { cpu, opened };
}

console.log('| keys | days behind it | one night more, CPU s | least | objects opened |');
console.log('|---|---:|---|---:|---:|');
for (const kind of Object.keys(KEYS)) {
  for (const days of histories) {
    const { cpu, opened } = await oneMore(kind, days);
    const shown = cpu.map((seconds) => seconds.toFixed(2)).join(', ');
    console.log(`| ${kind} | ${days} | ${shown} | ${Math.min(...cpu).toFixed(2)} | ${opened} |`);
  }
}
for (const folder of copies) await rm(folder, { recursive: true, force: true });
