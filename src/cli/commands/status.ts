import { loadSources } from '../../config/contracts.js';
import { counted, number } from '../../counts.js';
import { type Status, statusOf } from '../../inspect/status.js';
import { readLive } from '../../release/commit.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';
import { datesOf } from '../notes.js';
import { someOf, tableLines } from '../table.js';

const DATES_SHOWN = 5;

/** `run-job status`: what is published, how fresh it is, what is stale, and the last runs. */
export async function status(options: {
  readonly config?: string;
  readonly json?: boolean;
}): Promise<void> {
  const config = await openConfig(options.config);
  const output = await openStore(config.output, config.base);
  const exports = await openStore(config.exports, config.base);
  const found = await statusOf(await readLive(output), await loadSources(config), exports, output);
  process.stdout.write(options.json ? `${JSON.stringify(found, null, 2)}\n` : describe(found));
}

/** The state of things, for a person at a terminal. */
export function describe({ release, tables, stale, runs }: Status): string {
  const again = release?.again === undefined ? '' : ` (release ${release.again} again)`;
  const lines = [
    release === null
      ? 'No release yet: run-job nightly makes the first one.'
      : `Release ${release.number}${again}, published ${release.published_at}.`,
    '',
    ...tableLines([
      ['table', 'exports', 'newest export', 'newest event', 'quarantined'],
      ...tables.map(
        ({ table, derived_from, exports, newest_export, newest_event, quarantined }) => [
          table,
          derived_from === null ? number(exports) : `from ${derived_from}`,
          newest_export ?? '-',
          newest_event ?? '-',
          number(Object.values(quarantined).reduce((a, b) => a + b, 0)),
        ],
      ),
    ]),
    ...section(
      'Dates without an export:',
      tables
        .filter(({ missing_exports }) => missing_exports.length > 0)
        .map(({ table, missing_exports }) => `${table}: ${someOf(missing_exports, DATES_SHOWN)}`),
    ),
    ...section(
      'Quarantined, by rule:',
      tables.flatMap(({ table, quarantined }) =>
        Object.entries(quarantined).map(([rule, rows]) => `${table}: ${rule} ${number(rows)}`),
      ),
    ),
    ...section('Stale:', describeStale(stale)),
    ...section(
      'Last runs that published:',
      runs.map(
        ({ started_at, release, asked, built, seconds }) =>
          `${started_at}  release ${release}, as of ` +
          `${asked.at(-1) ?? 'the dates published before'}, ${counted(built, 'partition')} ` +
          `in ${seconds.toFixed(1)} s`,
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const CHANGE = {
  new: 'new',
  changed: 'changed',
  gone: 'gone; the next run takes its rows out',
  kept: 'gone; its rows are kept',
};

function describeStale(stale: Status['stale']): string[] {
  if (stale.length === 0) return ['no export: each is as the release has it'];
  const groups = new Map<string, string[]>();
  for (const { table, export: key, change } of stale) {
    const group = `${table} ${change}`;
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return [...groups].map(([group, keys]) => {
    const [table = '', change] = group.split(' ') as [string, keyof typeof CHANGE];
    const [first = ''] = keys;
    if (keys.length === 1) return `${first}: ${CHANGE[change]}`;
    return (
      `${table}: ${number(keys.length)} exports${datesOf(keys)}, such as ${first}: ` +
      `${CHANGE[change]}`
    );
  });
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}
