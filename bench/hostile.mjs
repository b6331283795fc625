// node bench/hostile.mjs [case ...]: exports that are made to take memory, disk or time, each read
// by a night of its own in a process of its own. Prints how that ended, what it said, its peak
// memory, its time and the most that was in its folder of scratch files. Needs npm run build and
// about 3 GB of disk.
import { spawn } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { crc32, gzipSync } from 'node:zlib';

const DATE = '2026-11-20';
const MB = 1 << 20;
const HEADER = 'activity_id,user_id,activity_type,activity_at\n';
const row = (i) => `${i},${i % 1000},view,${DATE} 09:00:00\n`;
const filled = (text, bytes) => Buffer.alloc(bytes, text);

/** Many times the same bytes, between others. */
function* repeated(before, block, times, after = '') {
  yield Buffer.from(before);
  for (let i = 0; i < times; i++) yield block;
  yield Buffer.from(after);
}

/** A zip archive of this many files of a header each. */
function* archive(count) {
  const name = (i) => Buffer.from(`${String(i).padStart(8, '0')}.csv`);
  const content = Buffer.from(HEADER);
  const sum = crc32(content);
  const head = (signature, i, bytes) => {
    const central = signature === 0x02014b50;
    const head = Buffer.alloc(central ? 46 : 30);
    const shift = central ? 2 : 0;
    head.writeUInt32LE(signature, 0);
    head.writeUInt16LE(20, 4 + shift);
    head.writeUInt32LE(sum, 14 + shift);
    head.writeUInt32LE(bytes, 18 + shift);
    head.writeUInt32LE(bytes, 22 + shift);
    head.writeUInt16LE(name(i).length, 26 + shift);
    if (central) head.writeUInt32LE(i * (30 + name(i).length + bytes), 42);
    return head;
  };
  for (let i = 0; i < count; i++)
    yield Buffer.concat([head(0x04034b50, i, content.length), name(i), content]);
  for (let i = 0; i < count; i++)
    yield Buffer.concat([head(0x02014b50, i, content.length), name(i)]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(count * (46 + name(0).length), 12);
  end.writeUInt32LE(count * (30 + name(0).length + content.length), 16);
  yield end;
}

function* plain(count) {
  yield Buffer.from(HEADER);
  for (let i = 0; i < count; i += 20_000) {
    yield Buffer.from(Array.from({ length: 20_000 }, (_, n) => row(i + n)).join(''));
  }
}

const rows = Buffer.from(Array.from({ length: 20_000 }, (_, i) => row(i)).join(''));
const names = Array.from({ length: 200_000 }, (_, i) => `c${i}`);
const wide = Buffer.from(`${names}\n`);
const wideObject = Buffer.from(`{${names.slice(0, 80_000).map((name) => `"${name}":1`)}}\n`);
const csv = { format: 'csv' };
const jsonl = { format: 'jsonl' };
const json = { format: 'json' };
/** What each export is, and how its table is read. */
const CASES = {
  'a plain export of 10 million rows, to compare with': [csv, () => plain(10_000_000)],
  'a plain export in which each row occurs 400 times': [csv, () => repeated(HEADER, rows, 400)],
  'gzip of 2 GB of zeros in 2 MB': [
    csv,
    () => [gzipSync(filled('\0', 1024 * MB)), gzipSync(filled('\0', 1024 * MB))],
  ],
  'one line of 1 GB': [csv, () => repeated(HEADER, filled('x', MB), 1024)],
  'a quote that is never closed, then 300 MB': [
    csv,
    () => repeated(`${HEADER}1,"2,view\n`, rows, Math.ceil((300 * MB) / rows.length)),
  ],
  '100 MB of quotes': [csv, () => repeated(HEADER, filled('"', MB), 100)],
  '100 MB of delimiters': [csv, () => repeated(HEADER, filled(',', MB), 100)],
  '100 MB of line ends': [csv, () => repeated(HEADER, filled('\n', MB), 100)],
  '100 MB of NUL': [csv, () => repeated(HEADER, filled('\0', MB), 100)],
  'every record broken, 100 MB': [
    csv,
    () => repeated(HEADER, filled(`1,2,view,${DATE},x\n`, 20 * 55_000), 95),
  ],
  'every value refused, 100 MB': [
    csv,
    () => repeated(HEADER, filled('1,x,view,then\n', 14 * 75_000), 95),
  ],
  'a header of 200,000 columns': [csv, () => [wide, wide]],
  'an object nested 100 million deep': [jsonl, () => repeated('', filled('[', MB), 100)],
  'an object of 80,000 names on each of 100 lines': [jsonl, () => repeated('', wideObject, 100)],
  'an array of one element of 1 GB': [json, () => repeated('["', filled('x', MB), 1024, '"]')],
  'an array that is never closed, 300 MB': [json, () => repeated('[1', filled(',1', MB), 300)],
  'an archive of 60,000 files': [csv, () => archive(60_000)],
};

const [command, folder] = process.argv.slice(2);
if (command === '--night') {
  const { execute } = await import('../build/cli/program.js');
  process.exitCode = await execute([
    'nightly',
    '--config',
    path.join(folder, 'dayfold.yaml'),
    '--date',
    DATE,
  ]);
  // of this program alone; what getrusage tells begins with the memory of the one that started it
  console.log(`peak ${/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]}`);
} else {
  const wanted = process.argv.slice(2);
  for (const [name, [table, content]] of Object.entries(CASES)) {
    if (wanted.length === 0 || wanted.some((each) => name.includes(each)))
      await measure(name, table, content);
  }
}

async function measure(name, table, content) {
  const folder = mkdtempSync(path.join(tmpdir(), 'dayfold-hostile-'));
  try {
    mkdirSync(path.join(folder, 'exports/activity_log'), { recursive: true });
    const files = 'activity_log/activity_log_{date}';
    writeFileSync(
      path.join(folder, 'dayfold.yaml'),
      JSON.stringify({ tables: { activity_log: { files, ...table } } }),
    );
    const out = createWriteStream(path.join(folder, 'exports', files.replace('{date}', DATE)));
    const free = () => {
      const { bavail, bsize } = statfsSync(folder);
      return bavail * bsize;
    };
    for (const part of content())
      if (!out.write(part)) await new Promise((resolve) => out.once('drain', resolve));
    out.end();
    await finished(out);
    const before = free();
    let least = before;
    const timer = setInterval(() => {
      least = Math.min(least, free());
    }, 50);
    const started = performance.now();
    const child = spawn(process.execPath, [process.argv[1], '--night', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let peak = 0;
    child.stdout.on('data', (data) => {
      peak = Number(/^peak (\d+)$/m.exec(`${data}`)?.[1] ?? peak);
    });
    child.stderr.on('data', (data) => {
      said += data;
    });
    const code = await new Promise((resolve) =>
      child.on('close', (code, signal) => resolve(signal ?? code)),
    );
    clearInterval(timer);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const scratch = Math.round((before - least) / MB);
    console.log(
      `${name}: exit ${code}, ${Math.round(peak / 1024)} MB of memory, ${seconds} s, ${scratch} MB of disk`,
    );
    const message = said.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    if (code !== 0) console.log(`  ${message.join('\n  ').slice(0, 400)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
