// node bench/small.mjs [dates, 540] [spans, date,month,year]: what a first night over small exports
// takes, and how many files it leaves: some rows in each export of three tables. Needs
// npm run prepare.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const FIRST = Date.parse('2025-05-01');
const [dates, spans] = [
  Number(process.argv[2] ?? 540),
  (process.argv[3] ?? 'date,month,year').split(','),
];
/** One more than `most` and one less, in turn, as the date says. */
const some = (most, i) => Array.from({ length: most - 1 + (i % 3) }, (_, n) => n);
const two = (number) => String(number).padStart(2, '0');

const folder = await mkdtemp(path.join(os.tmpdir(), 'dayfold-small-'));
try {
  const exports = path.join(folder, 'exports');
  await mkdir(exports);
  let rows = 0;
  const write = async (table, date, header, records) => {
    rows += records.length;
    await writeFile(
      path.join(exports, `${table}_${date}.csv`),
      `${[header, ...records].join('\n')}\n`,
    );
  };
  let newest = '';
  for (let i = 0; i < dates; i++) {
    const date = new Date(FIRST + i * 86_400_000).toISOString().slice(0, 10);
    newest = date;
    const at = (n) => `${date}T${two((7 * n + i) % 24)}:${two((13 * n + i) % 60)}:00Z`;
    await write(
      'activity_log',
      date,
      'activity_id,user_id,activity_type,activity_time,session_id',
      some(4, i).map(
        (n) =>
          `${10 * i + n},${(11 * n + i) % 40},${['login', 'click', 'view'][(n + i) % 3]},${at(n)},s${i}`,
      ),
    );
    await write(
      'sessions',
      date,
      'session_id,user_id,login_time,logout_time',
      some(3, i).map(
        (n) =>
          `s${10 * i + n},${(7 * n + i) % 40},${date}T10:00:00Z,${date}T1${1 + ((n + i) % 9)}:00:00Z`,
      ),
    );
    await write(
      'feature_usage',
      date,
      'usage_id,user_id,feature_name,usage_count,last_used',
      some(3, i).map(
        (n) =>
          `${10 * i + n},${(3 * n + i) % 40},${['editor', 'export', 'search'][(n + i) % 3]},${1 + (n % 9)},${at(n)}`,
      ),
    );
  }
  console.log(`${rows} rows, ${3 * dates} exports of ${dates} dates\n`);
  console.log('| a file holds a | s | files | of them in latest/ |\n|---|---:|---:|---:|');
  for (const span of spans) {
    const file = path.join(folder, `${span}.yaml`);
    const tables = ['activity_log', 'sessions', 'feature_usage'].map(
      (table) => `  ${table}: { files: "${table}_{date}.csv" }\n`,
    );
    await writeFile(
      file,
      `exports: { store: ./exports }\noutput: { store: ./${span} }\nparquet: { partition_by: ${span} }\ntables:\n${tables.join('')}`,
    );
    const started = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [MAIN, 'nightly', '--quiet', '--config', file, '--date', newest],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`the night ended with ${status}: ${stderr}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const found = (
      await readdir(path.join(folder, span), { recursive: true, withFileTypes: true })
    ).filter((entry) => entry.isFile());
    const latest = found.filter(({ parentPath }) => parentPath.includes(`${span}/latest`));
    console.log(`| ${span} | ${seconds} | ${found.length} | ${latest.length} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
