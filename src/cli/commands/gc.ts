import { systemClock } from '../../clock.js';
import { counted } from '../../counts.js';
import { withReading } from '../../inspect/session.js';
import { findGarbage, type Garbage, removeGarbage } from '../../release/gc.js';
import { openStore } from '../../store/open.js';
import { openConfig } from '../configuration.js';

const DAY_MS = 86_400_000;

export interface GcOptions {
  readonly config?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `run-job gc`: removes manifests and objects that no kept release names. */
export async function gc({ config: file, dryRun = false, json = false }: GcOptions): Promise<void> {
  const config = await openConfig(file);
  const output = await openStore(config.output, config.base);
  const { keep_releases, grace_days } = config.retention;
  const before = new Date(systemClock().getTime() - grace_days * DAY_MS);
  const garbage = await findGarbage(output, keep_releases, before);
  if (!dryRun)
    await withReading(config, output, (reading) =>
      removeGarbage({ store: output, ...reading, keep: keep_releases }, garbage),
    );
  process.stdout.write(json ? `${JSON.stringify(garbage, null, 2)}\n` : describe(garbage, dryRun));
}

/** What was removed, or would be, for a person at a terminal. */
export function describe({ kept, manifests, objects, versions }: Garbage, dryRun: boolean): string {
  const all = [...versions, ...manifests, ...objects];
  const bytes = all.reduce((sum, entry) => sum + entry.bytes, 0);
  const [first, last] = [kept[0], kept.at(-1)];
  const lines = [
    ...(dryRun ? all.map(({ key }) => key) : []),
    `${dryRun ? 'Would remove' : 'Removed'} ${counted(manifests.length, 'manifest')}, ` +
      `${counted(objects.length, 'object')} and ${counted(versions.length, 'file')} of Delta ` +
      `logs, ${counted(bytes, 'byte')}.`,
    first === undefined
      ? 'There is no release.'
      : first === last
        ? `Release ${first} is kept.`
        : `Releases ${first} to ${last} are kept.`,
  ];
  return `${lines.join('\n')}\n`;
}
