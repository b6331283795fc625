import path from 'node:path';
import { prepareModels } from '../build/models.js';
import type { Built, Night } from '../build/night.js';
import { readCommitted } from '../release/commit.js';
import { restoring, reviving } from '../release/expiry.js';
import { FileStore } from '../store/folder.js';
import { OverlayStore } from '../store/overlay.js';
import { nightOf } from './begin.js';
import { isUnchanged, rulesOn } from './fingerprint.js';
import { gatherInputs } from './gather.js';
import type { RunOptions } from './options.js';
import { build } from './tables.js';
import { setUp, withTools } from './tools.js';

/** What a night would do now. */
export interface Plan {
  readonly asked: readonly string[];
  /** the release that is live */
  readonly release: number;
  /** the partitions that it would build, in order: why, and what it would read for each */
  readonly builds: readonly Omit<Built, 'seconds' | 'rows'>[];
  readonly notes: readonly string[];
}

/**
 * Tells what a night would build, and changes nothing. It is the night itself, with two
 * differences: what it writes goes to the scratch folder and is never published; and a stale
 * partition is listed instead of built, with content nobody knows in its place, so that all that
 * reads it is listed as well. Only the new exports are really read, for the dates they hold are
 * nowhere else, and undated tables built. A night builds no other partitions; it leaves out those
 * whose inputs turn out to be as they were.
 */
export async function planNightly(options: RunOptions): Promise<Plan> {
  const setup = await setUp(options);
  const { newest, ignored: _, ...about } = await gatherInputs(options, setup);
  const { asked } = options;
  if (
    newest !== undefined &&
    (await isUnchanged(setup.output, newest, about.inputs, options.config))
  ) {
    return {
      asked,
      release: newest.release.number,
      builds: [],
      notes: newest.envelope.night?.notes ?? [],
    };
  }
  return withTools(options, setup, `plan-${process.pid}`, async (tools) => {
    const models = await prepareModels(tools, tools.config, tools.sources, tools.models);
    const live = await readCommitted(tools.output, newest);
    const rules = rulesOn(about.rules, tools);
    const known = reviving(live, tools.config.retention.keep_days, rules);
    const night = await restoring(known, tools.log, async (base) => {
      const output = new OverlayStore(
        tools.output,
        new FileStore(path.join(tools.scratch, 'planned')),
      );
      const what = { ...about, asked, rules };
      const planned: Night = {
        ...nightOf({ ...tools, output }, base, what),
        builds: false,
      };
      await build(planned, models);
      return planned;
    });
    const builds = night.built.map(({ seconds: _, rows: __, ...each }) => each);
    return { asked, release: live.release.number, builds, notes: night.notes };
  });
}
