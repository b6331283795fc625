import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadSources } from '../../src/config/contracts.js';
import { LIMITS } from '../../src/ingest/limits.js';
import { mapColumns } from '../../src/ingest/sql/columns.js';
import { parseStatement } from '../../src/ingest/sql/parse.js';

const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');

test('docs/rules.md lists the rules that each built-in contract can count', async () => {
  const config = await loadConfig();
  for (const source of await loadSources(config)) {
    const header = source.columns.map(({ name }) => name);
    const csv = { delimiter: ',', quote: '"', escape: 'doubled' } as const;
    const file = {
      path: 'export.csv',
      rewritten: false,
      header,
      records: 1,
      firstLine: 2,
      csv,
      longest: LIMITS.record,
    };
    const raw = mapColumns(source, file, 'export.csv');
    const sql = parseStatement(
      { source, raw, earliest: config.earliest, timeZone: config.time_zone },
      'raw',
      'careful',
    );
    const rules = [...sql.matchAll(/ then '([a-z0-9_]+)'/g)].map(([, rule]) => rule ?? '');
    const refusing = rules.filter((rule) => !rule.endsWith('_with_decimals'));
    const values = refusing.filter((rule) =>
      header.some((column) => rule.startsWith(`${column}_`)),
    );
    const contradictions = source.columns
      .filter(({ type }) => type === 'timestamp')
      .flatMap(({ name }) => [`${name}_contradicts_date_order`, `${name}_ambiguous_date_order`]);
    const listed = page
      .split(/\n(?=- |\n)/)
      .find((item) => item.startsWith(`- ${source.table}: \``));
    const named = [...(listed?.matchAll(/`([a-z0-9_]+)`/g) ?? [])].map(([, rule]) => rule);
    expect([...new Set(named)].sort(), source.table).toEqual(
      [...new Set([...values, ...contradictions])].sort(),
    );
  }
});
