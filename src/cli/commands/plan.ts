import { systemClock } from '../../clock.js';
import { counted, number } from '../../counts.js';
import { openLog } from '../../log.js';
import { type Plan, planNightly } from '../../night/plan.js';
import { openConfig } from '../configuration.js';
import { VERSION } from '../itself.js';
import { logLevel } from '../loudness.js';
import { grouped } from '../notes.js';
import { openProgress } from '../progress.js';
import { tableLines } from '../table.js';
import { asOfDates, type NightlyOptions } from './nightly.js';

/** `run-job plan`: what a night would build now, and why. */
export async function plan(
  options: Pick<NightlyOptions, 'config' | 'date' | 'from' | 'to' | 'force' | 'json'>,
): Promise<void> {
  const config = await openConfig(options.config);
  const log = openLog(logLevel(config.log.level, process.stderr.isTTY));
  const planned = await planNightly({
    config,
    asked: asOfDates(options, config, systemClock()),
    log,
    progress: await openProgress(log),
    clock: systemClock,
    force: options.force ?? false,
    program: `dayfold ${VERSION}`,
  });
  process.stdout.write(options.json ? `${JSON.stringify(planned, null, 2)}\n` : describe(planned));
}

/** A plan for a person at a terminal: a line for each table and reason. */
export function describe({ release, asked, builds, notes }: Plan): string {
  const night = `A night for ${asked.length === 1 ? asked[0] : `${asked[0]} to ${asked.at(-1)}`}`;
  const remarks =
    notes.length === 0 ? [] : ['', 'Notes:', ...grouped(notes).map((note) => `  ${note}`)];
  if (builds.length === 0) {
    const nothing = `${night} would build nothing: release ${release} is unchanged.`;
    return `${[nothing, ...remarks].join('\n')}\n`;
  }
  const groups = new Map<string, Plan['builds'][number][]>();
  for (const each of builds) {
    const key = `${each.table} ${each.reason}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const rows = [...groups.values()].map((group) => {
    const names = group.map(({ name }) => name).sort();
    const [first = ''] = names;
    const bytes = group.reduce((sum, { reads }) => sum + reads.bytes, 0);
    return [
      group[0]?.table ?? '',
      number(group.length),
      number(group.reduce((sum, { reads }) => sum + reads.rows, 0)),
      `${(bytes / 1e6).toFixed(1)} MB`,
      `${names.length === 1 ? first : `${first} to ${names.at(-1)}`}: ${group[0]?.reason}`,
    ];
  });
  const table = tableLines(rows.map((row) => row.slice(0, 4)));
  const lines = table.map((line, i) => `  ${line}  ${rows[i]?.[4]}`);
  const heading =
    `${night} would build ${counted(builds.length, 'partition')} on release ${release}. Table, ` +
    'partitions, rows and bytes read, why:';
  return `${[heading, ...lines, ...remarks].join('\n')}\n`;
}
