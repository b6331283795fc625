// How long it takes to see that nothing is stale: node bench/planning.mjs FOLDER/dayfold.yaml [tables, 12]
// Over a store that one of the other measurements has built (bench/.cache/history-730 of long_history.mjs, say), in a
// process of its own and so with code that was never run before: the release is read, then daily and rolling tables and
// reports are planned for every date and as-of date that it has, as a night does it. Needs npm run build.
import { loadConfig } from '../build/config/config.js';
import { openLog } from '../build/log.js';
import { asOfDates, datesOf, fold } from '../build/pipeline/fold.js';
import { prepareModels } from '../build/pipeline/models.js';
import { nightOf } from '../build/pipeline/run.js';
import { setUp, withTools } from '../build/pipeline/tools.js';
import { readLive } from '../build/release/commit.js';

const config = await loadConfig(process.argv[2]);
const wanted = Number(process.argv[3] ?? 12);
const quiet = { stage: () => {}, step: () => {}, done: () => {} };
const options = { config, log: openLog('silent'), progress: quiet };
const setup = await setUp(options);
await withTools(options, setup, `planning-${process.pid}`, async (tools) => {
  const models = await prepareModels(tools.engine, config, tools.sources, tools.models);
  const started = performance.now();
  const live = await readLive(tools.output);
  console.log(`the release: ${[...live.release.partitions()].length} partitions, read in ${since(started)}`);
  const night = { ...nightOf([], tools, live, { listed: new Map(), inputs: '' }), builds: false };
  for (const table of live.release.tables().filter((name) => /^(staged|clean)\//.test(name))) {
    for (const partition of live.release.of(table)) night.next.add(partition);
  }
  const folded = ['daily', 'rolling', 'report']
    .flatMap((layer) => models.filter(({ model }) => model.layer === layer))
    .slice(0, wanted);
  const asOf = asOfDates(night, models);
  let dates = 0;
  const began = performance.now();
  for (const model of folded) {
    const own = model.model.layer === 'daily' ? datesOf(night, model) : asOf;
    dates += own.length;
    await fold(night, model, models, own);
  }
  console.log(`${folded.length} tables, ${dates} dates, ${night.built.length} of them stale: ${since(began)}`);
});

function since(started) {
  return `${(performance.now() - started).toFixed(0)} ms`;
}
