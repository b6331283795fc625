// How long it takes to see that nothing is stale: node bench/planning.mjs FOLDER/dayfold.yaml
// [tables, 12] Over a store that one of the other measurements has built (bench/.cache/history-730
// of long_history.mjs, say), in a process of its own and so with code that was never run before:
// the release is read, then daily and rolling tables and reports are planned for every date and
// as-of date that it has, as a night does it; once as a night by the rules of that release, and
// once as one by others, which looks at every single partition. Needs npm run build.

import { prepareModels } from '../build/build/models.js';
import { NO_PROGRESS } from '../build/build/night.js';
import { reuse } from '../build/build/reuse.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { nightOf } from '../build/night/run.js';
import { setUp, withTools } from '../build/night/tools.js';
import { readLive } from '../build/release/commit.js';
import { asOfDates, datesOf, fold } from '../build/tables/modelled.js';

const config = await loadConfig(process.argv[2]);
const wanted = Number(process.argv[3] ?? 12);
const options = { config, log: openLog('silent'), progress: NO_PROGRESS };
const since = (started) => `${(performance.now() - started).toFixed(0)} ms`;
const setup = await setUp(options);
await withTools(options, setup, `planning-${process.pid}`, async (tools) => {
  const models = await prepareModels(tools.engine, config, tools.sources, tools.models);
  for (const isSame of [true, false]) {
    const started = performance.now();
    const live = await readLive(tools.output);
    console.log(
      `the release: ${live.release.published?.partitions} partitions, read in ${since(started)}`,
    );
    const about = { listed: new Map(), inputs: '', rules: isSame ? live.release.rules : 'others' };
    const night = { ...nightOf([], tools, live, about), builds: false };
    for (const table of live.release.tables().filter((name) => /^(staged|clean)\//.test(name))) {
      for (const partition of live.release.of(table)) night.next.add(partition);
    }
    const began = performance.now();
    const folded = ['daily', 'rolling', 'report']
      .flatMap((layer) => models.filter(({ model }) => model.layer === layer))
      .slice(0, wanted);
    let [dates, planned] = [0, 0];
    const plan = async (model, all, own) => {
      dates += all.length;
      planned += own.length;
      await fold(night, model, models, own);
    };
    for (const model of folded.filter((each) => each.model.layer === 'daily')) {
      const all = datesOf(night, model);
      await plan(model, all, all);
    }
    const asOf = asOfDates(night, models);
    for (const model of folded.filter((each) => each.model.layer !== 'daily'))
      await plan(model, asOf.dates, reuse(night, model.table, asOf));
    console.log(
      `by ${isSame ? 'the same' : 'other'} rules: ${folded.length} tables, ${dates} dates, ${planned} of them looked at, ${night.built.length} stale: ${since(began)}`,
    );
  }
});
