import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvGrammar, LINE_FEED } from '../../../src/ingest/csv/dialect.js';
import { PlainScan } from '../../../src/ingest/csv/scan.js';

const GRAMMAR = csvGrammar({ delimiter: ',', quote: '"', escape: 'doubled' }, LINE_FEED);

interface Given {
  readonly header?: string;
  readonly longest?: number;
  /** bytes of a chunk */
  readonly size?: number;
}

function scan(text: string | Buffer, { header, longest = 1000, size = 1 << 20 }: Given = {}) {
  const found = new PlainScan(GRAMMAR, 0, longest, header);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) found.push(bytes.subarray(at, at + size));
  found.end();
  return found;
}

/** What is found, however the text is cut. */
function isSimple(text: string | Buffer, given: Given = {}): boolean {
  const found = [1, 2, 3, 63, 64, 65, 1 << 20].map((size) => scan(text, { ...given, size }).simple);
  expect(new Set(found).size).toBe(1);
  return found[0] as boolean;
}

/** Fields before what is looked at, so that it is in another block of bytes. */
const BEFORE = 'ab,cd\n'.repeat(10);

describe('a file is simple', () => {
  test.each([
    ['empty', ''],
    ['of one line', 'a,b'],
    ['with a line feed at its end', 'a,b\nc,d\n'],
    ['with none', 'a,b\nc,d'],
    ['with carriage returns', 'a,b\r\nc,d\r\n'],
    ['with a delimiter in quotes', 'a,b\n"c,",d\n'],
    ['with quotes in quotes', 'a,b\n"c""d",""""\n'],
    ['with quotes at the end of lines', 'a,"b"\r\nc,"d"\r\n'],
    ['with an empty text in quotes', 'a,b\n"",""\n'],
    ['with fields without text', 'a,b\n,\n'],
    ['with control characters that are no ends of lines', 'a,b\n\t\u0001,\u001f\n'],
    ['with characters of several bytes', 'a,b\né,😀\n'],
  ])('%s', (_, text) => {
    expect(isSimple(text)).toBe(true);
    expect(isSimple(text.includes('\r') || text === '' ? text : BEFORE + text)).toBe(true);
  });

  test('and its lines and fields are counted', () => {
    const { lines, width, index } = scan('a,b,c\n"d,e",f,g\n'.repeat(200).trimEnd());
    expect([lines, width]).toEqual([400, 3]);
    expect(index.before(128)).toEqual({ line: 1, offset: 0 });
    expect(index.before(130)).toEqual({ line: 129, offset: 64 * 16 });
    expect(index.before(400)).toEqual({ line: 385, offset: 192 * 16 });
  });
});

describe('a file is not simple', () => {
  test.each([
    ['with a blank line', 'a,b\n\nc,d\n'],
    ['with fewer fields', 'a,b\nc\n'],
    ['with more', 'a,b\nc,d,e\n'],
    ['with fewer at its end', 'a,b\nc'],
    ['with two kinds of ends', 'a,b\nc,d\r\n'],
    ['with a carriage return alone', 'a,b\nc\r,d\n'],
    ['with one at its end', 'a,b\nc,d\r'],
    ['with a quote that does not begin a field', 'a,b\nc",d\n'],
    ['with text behind quotes', 'a,b\n"c"d,e\n'],
    ['with a line feed in quotes', 'a,b\n"c\n",d\n'],
    ['with a carriage return in quotes', 'a,b\n"c\r",d\n'],
    ['with quotes that are not closed', 'a,b\nc,"d'],
    ['with NUL', 'a,b\nc\0,d\n'],
    ['with NUL in quotes', 'a,b\n"c\0",d\n'],
    ['with NUL behind quotes', 'a,b\n"c"\0,d\n'],
    ['with bytes that are not UTF-8', Buffer.from('a,b\né,d\n', 'latin1')],
    ['with half a character at its end', Buffer.from('a,b\nc,é').subarray(0, -1)],
  ])('%s', (_, text) => {
    expect(isSimple(text)).toBe(false);
    expect(isSimple(Buffer.concat([Buffer.from(BEFORE), Buffer.from(text)]))).toBe(false);
  });

  test('with a line that is too long, wherever that is', () => {
    for (const longest of [1, 63, 64, 65, 200]) {
      const line = 'x'.repeat(longest);
      for (const end of ['', '\n', '\r\n']) {
        expect(isSimple(`a${end || '\n'}${line}${end}`, { longest })).toBe(true);
        expect(isSimple(`a${end || '\n'}${line}x${end}`, { longest })).toBe(false);
      }
    }
  });

  test.each(['id,Name', 'ID,name', '"id","Name"', 'Name,id', '\ufeffid,Name'])(
    'with its header once more, as %j',
    (again) => {
      const given = { header: 'id,Name' };
      expect(isSimple(`id,Name\n1,abc\n${again}\n2,a\n`, given)).toBe(false);
      expect(isSimple(`id,Name\n1,abc\n${again.replace(/n/i, 'x')}\n2,a\n`, given)).toBe(true);
      expect(isSimple(`id,Name\n1,abc\n${again}`, given)).toBe(false);
    },
  );
});

test('two scans may take turns', () => {
  const property = fc.property(fc.integer({ min: 1, max: 9 }), (size) => {
    const one = new PlainScan(GRAMMAR, 0, 1000);
    const other = new PlainScan(GRAMMAR, 0, 1000);
    for (let at = 0; at < 10; at += size) {
      one.push(Buffer.from('a,"b"\nc,d\n'.slice(at, at + size)));
      other.push(Buffer.from('a,b,c\nd,e\n'.slice(at, at + size)));
    }
    one.end();
    other.end();
    expect([one.simple, other.simple]).toEqual([true, false]);
  });
  fc.assert(property);
});
