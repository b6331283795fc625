import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DataError } from '../../src/errors.js';
import { rawLines } from '../../src/ingest/csv/raw_text.js';
import { RecordReader } from '../../src/ingest/csv/records.js';
import { LIMITS } from '../../src/ingest/limits.js';
import { CSV, type Reading, useScratch } from './scratch.js';

const scratch = useScratch();

const RECORD_LIMIT = 300;
/**
 * What an open quote comes to depends on what follows: another quote, a field too many, or nothing
 * for too long.
 */
const OPEN_QUOTE = ['stray_quote', 'field_count', 'record_too_long'];

interface Part {
  /** Values of a good record; undefined for what is none. */
  readonly values?: readonly string[];
  readonly text: Buffer;
  /** The rules under which a broken line may be counted; none for a blank line. */
  readonly rules?: readonly string[];
}

const value = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', 'b', ' ', ',', '"', '\n', '\r', 'é', '😀', ';'),
    maxLength: 6,
  }),
  fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => !text.includes('\0')),
  fc.constantFrom('', '"', '""', '\r\n', ',', '\ufeff'),
);

const goodRecord = (columns: number): fc.Arbitrary<Part> =>
  fc
    .tuple(fc.array(value, { minLength: columns, maxLength: columns }), fc.boolean())
    .map(([values, quoteAll]) => ({
      values,
      text: Buffer.from(
        values
          .map((text) =>
            quoteAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
          )
          .join(','),
      ),
    }));

/** Lines that no neighbour can complete: an open quote is in a field that is one too many. */
const brokenLine = (columns: number): fc.Arbitrary<Part> => {
  const fields = (count: number) => Array.from({ length: count }, () => 'x').join(',');
  return fc.constantFrom<Part>(
    { text: Buffer.from(fields(columns + 1)), rules: ['field_count'] },
    { text: Buffer.from(fields(columns - 1)), rules: ['field_count'] },
    { text: Buffer.from(`"q"q,${fields(columns - 1)}`), rules: ['stray_quote'] },
    { text: Buffer.from(`${fields(columns)},"open`), rules: OPEN_QUOTE },
    { text: Buffer.from(`${fields(columns)},"`), rules: OPEN_QUOTE },
    { text: Buffer.from(`${fields(columns)}\0`), rules: ['nul_byte'] },
    {
      text: Buffer.concat([Buffer.from(fields(columns)), Buffer.of(0xe2, 0x82)]),
      rules: ['invalid_bytes'],
    },
    { text: Buffer.from(`${fields(columns)}${'y'.repeat(400)}`), rules: ['record_too_long'] },
  );
};

const file = fc.integer({ min: 2, max: 5 }).chain((columns) =>
  fc.record({
    columns: fc.constant(columns),
    parts: fc.array(
      fc.oneof(
        { weight: 6, arbitrary: goodRecord(columns) },
        { weight: 3, arbitrary: brokenLine(columns) },
        { weight: 1, arbitrary: fc.constant<Part>({ text: Buffer.alloc(0) }) },
      ),
      { maxLength: 12 },
    ),
    newlines: fc.array(fc.constantFrom('\n', '\r\n'), { minLength: 1, maxLength: 3 }),
    endsWithNewline: fc.boolean(),
    byteOrderMark: fc.boolean(),
    chunk: fc.integer({ min: 1, max: 80 }),
  }),
);

test('every good record comes out as it was, every broken line is quarantined alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      file,
      async ({ columns, parts, newlines, endsWithNewline, byteOrderMark, chunk }) => {
        const header = Buffer.from(Array.from({ length: columns }, (_, at) => `c${at}`).join(','));
        const all: Part[] = [{ text: header }, ...parts];
        const last = all.length - 1;
        const content = Buffer.concat([
          Buffer.from(byteOrderMark ? '\ufeff' : ''),
          ...all.flatMap(({ text }, at) => {
            const newline = newlines[at % newlines.length] as string;
            return [text, Buffer.from(at < last || endsWithNewline || last === 0 ? newline : '')];
          }),
        ]);

        let line = 1;
        const rows: (string | null)[][] = [];
        const broken: { line: string; rules: readonly string[]; raw: string }[] = [];
        const records: [number, string][] = [];
        for (const { values, text, rules } of all) {
          if (values)
            rows.push([String(line), ...values.map((field) => (field === '' ? null : field))]);
          if (rules) broken.push({ line: String(line), rules, raw: text.toString() });
          if (values || rules) records.push([line, text.toString()]);
          line += 1 + text.toString('latin1').split('\n').length - 1;
        }

        const read = await scratch
          .read(content, CSV, { chunk, record: RECORD_LIMIT })
          .catch((error: unknown) => {
            // a file is refused as a whole when the header explains no record of it, as far as
            // records can be told where a quote is broken
            if (!(error instanceof DataError) || (rows.length > 0 && broken.length === 0))
              throw error;
            return undefined;
          });
        if (read === undefined) return;
        const { prepared } = read;
        expect([prepared.records, prepared.readable, prepared.refused]).toEqual([
          rows.length + broken.length,
          rows.length,
          broken.length,
        ]);
        if (prepared.rewritten) expect(read.rows).toEqual(rows);
        else
          expect(rows.map((row) => Number(row[0]))).toEqual(
            rows.map((_, at) => prepared.firstLine + at),
          );
        expect(read.refused.map(([at, , , raw]) => [at, raw?.slice(0, RECORD_LIMIT)])).toEqual(
          broken.map((entry) => [entry.line, entry.raw.slice(0, RECORD_LIMIT)]),
        );
        read.refused.forEach(([, rule], at) => {
          expect(broken[at]?.rules).toContain(rule);
        });

        const texts: (readonly [number, string])[] = [];
        for await (const found of rawLines(
          prepared,
          records.map(([at]) => at),
        )) {
          texts.push([found[0], found[1].slice(0, RECORD_LIMIT)]);
        }
        expect(texts).toEqual(records.map(([at, text]) => [at, text.slice(0, RECORD_LIMIT)]));
      },
    ),
    { numRuns: 120 },
  );
});

const soup = fc
  .array(
    fc.constantFrom(
      'a',
      'aaaa',
      ',',
      '"',
      '""',
      '\n',
      '\r\n',
      '\r',
      '\0',
      'é',
      ',"b",c\n',
      'x,y,z\n',
    ),
    {
      maxLength: 14,
    },
  )
  .map((pieces) => `h1,h2,h3\n${pieces.join('')}`);

test('bytes in any order: the pass that calls a file simple and the one that splits it agree', async () => {
  await fc.assert(
    fc.asyncProperty(soup, fc.integer({ min: 1, max: 20 }), async (content, chunk) => {
      const read = await scratch.read(content, CSV, { chunk }).catch((error: unknown) => error);
      if (read instanceof DataError) return; // all records have another number of fields
      const { prepared, rows, refused } = read as Reading;
      expect(prepared.records).toBe(prepared.readable + prepared.refused);
      expect(prepared.refused).toBe(refused.length);
      if (prepared.rewritten) {
        expect(rows.length).toBe(prepared.readable);
        for (const row of rows) expect(row.length).toBe(4);
        return;
      }
      const { source } = prepared;
      const reader = RecordReader.open(source, source.grammar, LIMITS, {
        line: 1,
        offset: 0,
      });
      reader.record.columns = 3;
      let lines = 0;
      do {
        while (reader.next())
          expect([reader.line, reader.record.rule]).toEqual([++lines, undefined]);
      } while (await reader.fill());
      await reader.close();
      expect(lines).toBe(prepared.records + 1);
    }),
    { numRuns: 150 },
  );
});
