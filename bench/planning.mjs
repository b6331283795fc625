// How long it takes to see that nothing is stale: node bench/planning.mjs FOLDER/dayfold.yaml
// Over a store that one of the other measurements has built (bench/.cache/history-730 of
// long_history.mjs, say), in a process of its own and so with code that was never run before: the
// release is read, then all tables but exports and clean ones are planned for every date and as-of
// date that it has, as a night does it; once as a night by the rules of that release, and once as
// one by others, which looks at every single partition. Needs npm run build.

import { asOfChangedFrom } from '../build/build/changed.js';
import { prepareModels } from '../build/build/models.js';
import { NO_PROGRESS } from '../build/build/night.js';
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { nightOf } from '../build/night/begin.js';
import { setUp, withTools } from '../build/night/tools.js';
import { readLive } from '../build/release/commit.js';
import { asOfDates, foldDays, foldPeriods, foldWindows } from '../build/tables/modelled.js';

const config = await loadConfig(process.argv[2]);
const options = { config, log: openLog('silent'), progress: NO_PROGRESS };
const since = (started) => `${(performance.now() - started).toFixed(0)} ms`;
const setup = await setUp(options);
await withTools(options, setup, `planning-${process.pid}`, async (tools) => {
  const models = await prepareModels(tools, config, tools.sources, tools.models);
  for (const isSame of [true, false]) {
    const started = performance.now();
    const live = await readLive(tools.output);
    console.log(
      `the release: ${live.release.published?.partitions} partitions, read in ${since(started)}`,
    );
    const rules = isSame ? live.release.rules : 'others';
    const about = { asked: [], replays: false, listed: new Map(), inputs: '', rules };
    const night = { ...nightOf(tools, live, about), builds: false };
    for (const table of live.release.tables().filter((name) => /^(staged|clean)\//.test(name))) {
      for (const partition of live.release.of(table)) night.next.add(partition);
    }
    const began = performance.now();
    const folded = models.filter(({ model }) => !/^(clean|derived|checks)$/.test(model.layer));
    const isOf = (...layers) => folded.filter(({ model }) => layers.includes(model.layer));
    for (const model of isOf('daily')) await foldDays(night, model, models);
    for (const model of isOf('weekly', 'monthly')) await foldPeriods(night, model, models);
    const asOf = { dates: asOfDates(night, models), changedFrom: asOfChangedFrom(night) };
    for (const model of isOf('rolling', 'report')) await foldWindows(night, model, models, asOf);
    console.log(
      `by ${isSame ? 'the same' : 'other'} rules: ${folded.length} tables, ${asOf.dates.length} ` +
        `as-of dates, ${night.built.length} partitions stale: ${since(began)}`,
    );
  }
});
