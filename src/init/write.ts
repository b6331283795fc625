import { stringify } from 'yaml';
import type { Source } from '../config/contracts.js';
import { type Decision, textIds } from './decide.js';

/** The configuration that was decided on, with comments. @param stores where exports are, and where the output goes */
export function configurationOf(
  decisions: readonly Decision[],
  sources: readonly Source[],
  stores: { readonly exports: string; readonly output: string },
): string {
  const ids = textIds(decisions);
  const lines = [
    '# Made by run-job init from the exports. Read it, correct it, then: run-job check && run-job nightly',
    '# Every setting with its default: config/default.yaml.',
    '',
    '# The zone whose midnight ends a day. IANA name, such as Europe/Berlin.',
    'time_zone: UTC',
    '',
    '# Where the exports are read, and where everything is written. Folders count from this file.',
    `exports: { store: ${inline(stores.exports)} }`,
    `output: { store: ${inline(stores.output)} }`,
    '',
    '# {date} is the date of an export in its name, * anything but a slash.',
    'tables:',
    ...decisions.flatMap((decision) => ['', ...tableLines(decision, ids)]),
    ...absentLines(decisions, sources, ids),
  ];
  return `${lines.join('\n')}\n`;
}

function tableLines(
  { source, group, newest, mappings, delivery, dateOrder, hasOffsets, sureness }: Decision,
  ids: ReadonlySet<string>,
): string[] {
  const { exports } = group;
  const [first, last] = [exports[0]?.date, exports.at(-1)?.date];
  const lines = [
    `  # ${exports.length === 1 ? `1 export, of ${first}` : `${exports.length} exports, ${first} to ${last}`}: ${sureness}`,
    `  ${source.table}:`,
    `    files: ${inline(group.files)}`,
  ];
  if (newest.format !== 'csv') lines.push(`    format: ${newest.format}`);
  if (newest.encoding !== null) lines.push(`    encoding: ${newest.encoding}   # the text is not UTF-8`);
  if (newest.delimiter !== undefined && newest.delimiter !== ',')
    lines.push(`    delimiter: ${JSON.stringify(newest.delimiter)}`);
  if (delivery !== undefined) {
    const why = { snapshot: 'each export repeats all keys of the one before', upsert: 'some keys come again' };
    lines.push(`    delivery: ${delivery}   # ${why[delivery]}`);
  }
  if (typeof dateOrder === 'string') lines.push(`    date_order: ${dateOrder}`);
  if (dateOrder === null)
    lines.push(
      '    # date_order: day_first   # or month_first: the dates do not show whether 03/04 is April 3 or March 4',
    );
  if (!hasOffsets) lines.push('    times_in: UTC   # the zone of times without an offset');
  const columns = columnLines(mappings, source, ids);
  if (columns.length > 0) lines.push('    columns:', ...columns.map((line) => `      ${line}`));
  return lines;
}

/** The columns that are not found by the names of the contract, or have another type. */
function columnLines(mappings: Decision['mappings'], { columns }: Source, ids: ReadonlySet<string>): string[] {
  return columns.flatMap(({ name }) => {
    const found = mappings.find(({ column }) => column.name === name);
    const type = ids.has(name) ? 'text' : undefined;
    const from = found === undefined || found.how === 'by its name' ? undefined : found.from;
    if (type === undefined && from === undefined) return [];
    const value = type === undefined ? inline(from) : inline({ ...(from === undefined ? {} : { from }), type });
    return [`${name}: ${value}${from === undefined ? '' : `   # ${found?.how}`}`];
  });
}

/** Tables that were not found need their ids to be of the same type, too. */
function absentLines(decisions: readonly Decision[], sources: readonly Source[], ids: ReadonlySet<string>): string[] {
  const absent = sources.filter(({ table }) => !decisions.some(({ source }) => source.table === table));
  const shared = absent.flatMap(({ table, columns }) => {
    const own = columns
      .filter(({ name, type }) => ids.has(name) && type === 'integer')
      .map(({ name }) => `${name}: { type: text }`);
    return own.length === 0 ? [] : [`  ${table}: { columns: { ${own.join(', ')} } }`];
  });
  return shared.length === 0 ? [] : ['', '  # Not found; an id has one type in all tables.', ...shared];
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, defaultStringType: 'PLAIN' }).trim();
}
