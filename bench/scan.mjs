// node bench/scan.mjs FILE.csv: how many megabytes of a CSV file with commas and line feeds our own
// readers take in a second of CPU, on one core: the scan of simple files, and the splitting of
// records for all others. Needs npm run build.
import { readFileSync } from 'node:fs';
import { csvGrammar, LINE_FEED } from '../build/ingest/csv/dialect.js';
import { RecordReader } from '../build/ingest/csv/records.js';
import { PlainScan } from '../build/ingest/csv/scan.js';
import { LIMITS } from '../build/ingest/limits.js';

const file = process.argv[2];
const bytes = readFileSync(file);
const grammar = csvGrammar({ delimiter: ',', quote: '"', escape: 'doubled' }, LINE_FEED);

function scan() {
  const plain = new PlainScan(grammar, 0, LIMITS.record);
  for (let at = 0; at < bytes.length; at += LIMITS.chunk)
    plain.push(bytes.subarray(at, at + LIMITS.chunk));
  plain.end();
  if (!plain.simple) throw new Error(`expected a simple file, found another: ${file}`);
}

async function split() {
  const reader = RecordReader.open({ path: file, name: file }, grammar, LIMITS, {
    line: 1,
    offset: 0,
  });
  do while (reader.next());
  while (await reader.fill());
  reader.close();
}

for (const [name, work] of Object.entries({ scan, split })) {
  const speeds = [];
  for (let turn = 0; turn < 10; turn++) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    speeds.push(Math.round(bytes.length / (user + system)));
  }
  console.log(`${name}: first ${speeds[0]} MB/s, best ${Math.max(...speeds)} MB/s`);
}
