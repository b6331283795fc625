// What a night costs with this many days behind it: node bench/increment.mjs [days, 60,365,730]
// [users, 60] [folder] Makes sample exports that end on the same night whatever the history, so
// that it has the same to do, builds every night up to the last but one as one backfill (the full
// rebuild), then runs the last night, one with nothing new, and one in which an old export is
// corrected. CPU seconds of the whole process. Linux; needs npm run build. 730 days take half an
// hour the first time.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { freemem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSample } from '../build/sample/write.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FIRST = Date.parse('2026-09-22');
const TICKS = 100; // of /proc, a second

const histories = (process.argv[2] ?? '60,365,730').split(',').map(Number);
const last = Math.max(...histories);
const users = Number(process.argv[3] ?? 60);
const cache = process.argv[4] ?? fileURLToPath(new URL('.cache/increment', import.meta.url));
const dateOf = (day) => new Date(FIRST + day * 86_400_000).toISOString().slice(0, 10);

/** CPU seconds of the children so far. */
function childSeconds() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

function night(folder, ...args) {
  const [before, started] = [childSeconds(), performance.now()];
  const config = ['--config', path.join(folder, 'dayfold.yaml'), '--json'];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'nightly', ...args, ...config],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
    },
  );
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stderr || stdout}`);
  const { built } = JSON.parse(stdout);
  return { cpu: childSeconds() - before, wall: (performance.now() - started) / 1000, built };
}

async function exportsOf(folder, day) {
  const [date, root] = [dateOf(day), path.join(folder, 'exports')];
  const files = await readdir(root, { recursive: true });
  return files.filter((file) => file.includes(date) || file.includes(date.replaceAll('-', '')));
}

const shown = (seconds) => seconds.toFixed(1);
const rows = [];
for (const days of histories) {
  const folder = path.join(cache, `${days}-of-${last}-${users}`);
  const kept = `${folder}-built`;
  if (!existsSync(kept)) {
    await rm(folder, { recursive: true, force: true });
    await writeSample(folder, { days: last + 1, users });
    for (let day = 0; day < last - days; day++)
      for (const file of await exportsOf(folder, day)) await rm(path.join(folder, 'exports', file));
    for (const file of await exportsOf(folder, last)) {
      await mkdir(path.dirname(path.join(folder, 'held', file)), { recursive: true });
      await rename(path.join(folder, 'exports', file), path.join(folder, 'held', file));
    }
    const rebuild = night(folder, '--from', dateOf(last - days), '--to', dateOf(last - 1));
    await appendFile(path.join(folder, 'rebuild.txt'), String(rebuild.cpu));
    await rename(folder, kept);
  }
  const rebuild = Number(readFileSync(path.join(kept, 'rebuild.txt'), 'utf8'));
  await rm(folder, { recursive: true, force: true });
  spawnSync('cp', ['-a', kept, folder]); // to the nanosecond: an export of another time is opened again
  const corrected = (await exportsOf(folder, last - 10)).find((file) =>
    /^activity_log.*\.csv$/.test(file),
  );
  await cp(path.join(folder, 'held'), path.join(folder, 'exports'), { recursive: true });
  spawnSync('sync'); // else the night pays for writing back what was copied
  // The copy has taken the pages that were free, more of them the longer the history. Pages that a
  // virtual machine has never touched cost it ten times as much, so half of the free ones are
  // touched and given back: the night finds the same whatever was copied.
  const gigabytes = Math.floor(freemem() / 2 ** 31);
  const touch = `const kept = []; for (let i = 0; i < ${gigabytes}; i++) kept.push(Buffer.alloc(2 ** 30, 1))`;
  spawnSync(process.execPath, ['-e', touch]);
  const next = night(folder, '--date', dateOf(last));
  const nothing = night(folder, '--date', dateOf(last));
  const old = path.join(folder, 'exports', corrected);
  const [, record] = readFileSync(old, 'utf8').split('\n', 2);
  await appendFile(old, `${record.replace(/^\d+/, String(9_000_000_000 + last))}\n`);
  const late = night(folder, '--date', dateOf(last));
  rows.push({ days, rebuild, next, nothing, late });
}
console.log(
  '| days behind it | full rebuild, CPU s | next night, CPU s | of the rebuild | partitions | one late row, CPU s | partitions | nothing new, CPU s |',
);
console.log('|---:|---:|---:|---:|---:|---:|---:|---:|');
for (const { days, rebuild, next, nothing, late } of rows) {
  const share = ((100 * next.cpu) / rebuild).toFixed(2);
  console.log(
    `| ${days} | ${shown(rebuild)} | ${next.cpu.toFixed(2)} | ${share} % | ${next.built.length} | ${late.cpu.toFixed(2)} | ${late.built.length} | ${nothing.cpu.toFixed(2)} |`,
  );
}
