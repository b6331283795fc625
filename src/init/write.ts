import { stringify } from 'yaml';
import { type Decision, wholeIds } from './decide.js';

/**
 * The configuration that was decided on, with comments. @param stores where exports are, and where
 * the output goes
 */
export function configurationOf(
  decisions: readonly Decision[],
  stores: { readonly exports: string; readonly output: string },
): string {
  const lines = [
    '# Made by run-job init from the exports. Read it, correct it, then: run-job check && ' +
      'run-job nightly',
    '# Every setting with its default: config/default.yaml.',
    '',
    '# The zone whose midnight ends a day. IANA name, such as Europe/Berlin.',
    'time_zone: UTC',
    '',
    '# Where the exports are read, and where everything is written. Folders count from this file.',
    `exports: { store: ${inline(stores.exports)} }`,
    `output: { store: ${inline(stores.output)} }`,
    '',
    ...fileLines(decisions),
    ...idLines(wholeIds(decisions)),
    '# {date} is the date of an export in its name, * anything but a slash.',
    'tables:',
    ...decisions.flatMap((decision) => ['', ...tableLines(decision)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Of exports with fewer records a file of a date would be a small one. */
const SMALL = 1000;

/** Whether a file is to hold a month, because the newest exports of dated tables are small. */
export function holdsMonths(decisions: readonly Decision[]): boolean {
  const dated = decisions.filter(({ source }) => source.partition === 'event_date');
  return dated.length > 0 && dated.every(({ newest }) => newest.records < SMALL);
}

function fileLines(decisions: readonly Decision[]): string[] {
  if (!holdsMonths(decisions)) return [];
  return [
    `# The newest exports have fewer than ${SMALL} records, so that a file holds a month and not a`,
    '# date. You may go from date to month later, but not back.',
    'parquet: { partition_by: month }',
    '',
  ];
}

function idLines(whole: readonly string[]): string[] {
  if (whole.length === 0) return [];
  const types = whole.map((name) => `    ${name}: { type: integer }`);
  return [
    '# These ids are whole numbers in all exports that were looked at. Others are text.',
    'table_defaults:',
    '  columns:',
    ...types,
    '',
  ];
}

function tableLines(decision: Decision): string[] {
  const { source, group, newest, mappings, delivery, dateOrder, hasOffsets, sureness } = decision;
  const { exports } = group;
  const [first, last] = [exports[0]?.date, exports.at(-1)?.date];
  const seen =
    exports.length === 1
      ? `1 export, of ${first}`
      : `${exports.length} exports, ${first} to ${last}`;
  const lines = [
    `  # ${seen}: ${sureness}`,
    `  ${source.table}:`,
    `    files: ${inline(group.files)}`,
  ];
  if (newest.format !== 'csv') lines.push(`    format: ${newest.format}`);
  if (newest.encoding !== null)
    lines.push(`    encoding: ${newest.encoding}   # the text is not UTF-8`);
  if (newest.delimiter !== undefined && newest.delimiter !== ',')
    lines.push(`    delimiter: ${JSON.stringify(newest.delimiter)}`);
  if (delivery !== undefined) {
    const why = {
      snapshot: 'each export repeats all keys of the one before',
      upsert: 'some keys come again',
    };
    lines.push(`    delivery: ${delivery}   # ${why[delivery]}`);
  }
  if (typeof dateOrder === 'string') lines.push(`    date_order: ${dateOrder}`);
  if (dateOrder === null)
    lines.push(
      '    # date_order: day_first   # or month_first: the dates do not show whether 03/04 ' +
        'is April 3 or March 4',
    );
  if (!hasOffsets) lines.push('    times_in: UTC   # the zone of times without an offset');
  const columns = columnLines(mappings);
  if (columns.length > 0) lines.push('    columns:', ...columns.map((line) => `      ${line}`));
  return lines;
}

/** The columns that are not found by the names of the contract. */
function columnLines(mappings: Decision['mappings']): string[] {
  return mappings
    .filter(({ how }) => how !== 'by its name')
    .map(({ column, from, how }) => `${column.name}: ${inline(from)}   # ${how}`);
}

function inline(value: unknown): string {
  return stringify(value, {
    collectionStyle: 'flow',
    lineWidth: 0,
    defaultStringType: 'PLAIN',
  }).trim();
}
