import { access, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../config/config.js';
import { loadSources } from '../../config/contracts.js';
import { counted } from '../../counts.js';
import { ConfigError } from '../../errors.js';
import { type Found, findTables } from '../../init/init.js';
import { configurationOf, holdsMonths } from '../../init/write.js';
import { check as checkAll } from '../../inspect/preflight.js';
import { openStore } from '../../store/open.js';
import { someOf } from '../table.js';

const FILE = 'dayfold.yaml';
const NAMES_SHOWN = 5;

/**
 * `run-job init`: writes a configuration for a folder of exports, says how sure it is, and checks
 * it.
 */
export async function init(place: string): Promise<void> {
  const isThere = await access(FILE).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new ConfigError(
      `${path.resolve(FILE)}: expected no such file, found one: init never overwrites it`,
    );
  const defaults = await loadConfig();
  const sources = await loadSources(defaults);
  const exports = await openStore({ ...defaults.exports, store: place }, process.cwd());
  const found = await findTables(exports, sources);
  const stores = {
    exports: exports.folder === undefined ? place : relative(exports.folder),
    output: await freeFolder(),
  };
  await writeFile(FILE, configurationOf(found.decisions, stores), { flag: 'wx' });
  process.stdout.write(describe(found));
  const { problems } = await checkAll(await loadConfig(FILE));
  const next =
    problems.length === 0
      ? [`run-job check: ok. Next: run-job nightly`]
      : [
          'run-job check finds what you have to correct:',
          ...problems.map(({ message }) => `  ${message}`),
        ];
  process.stdout.write(`\n${next.join('\n')}\n`);
}

function relative(folder: string): string {
  const way = path.relative(process.cwd(), folder);
  return way.startsWith('..') || path.isAbsolute(way) ? folder : `./${way}`;
}

/** A folder that holds nothing of somebody else. */
async function freeFolder(): Promise<string> {
  for (const folder of ['./output', './dayfold-output']) {
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) return folder;
  }
  throw new ConfigError(
    'expected ./output or ./dayfold-output to be empty, found files in both: move one away',
  );
}

/** What was decided, for a person at a terminal. */
export function describe({ decisions, unused, undated }: Found): string {
  const tables = decisions.flatMap(({ source, group, mappings, sureness, delivery }) => [
    `${source.table}: ${group.files}, ${counted(group.exports.length, 'export')}: ${sureness}`,
    ...mappings
      .filter(({ how }) => how !== 'by its name')
      .map(({ column, from, how }) => `  ${column.name} is ${from}, ${how}`),
    ...(delivery === undefined ? [] : [`  delivery is ${delivery}, by the keys that come again`]),
  ]);
  const left = unused.map(({ group, why }) => `  ${group.files}: ${why}`);
  return `${[
    `${FILE} was written.`,
    '',
    ...tables,
    ...(holdsMonths(decisions) ? ['A Parquet file holds a month, because exports are small'] : []),
    ...(left.length === 0 ? [] : ['', 'Not used:', ...left]),
    ...(undated.length === 0
      ? []
      : ['', `Without a date in the name: ${someOf(undated, NAMES_SHOWN)}`]),
  ].join('\n')}\n`;
}
