// node night.mjs '{config, asOf, jobs, trace, at, when, place}': one night of the built program in
// a process of its own, which numbers the calls that change something and kills itself before or
// after call `at`, or pauses before it; `at` may also be a kind of calls. Without `at` it writes
// what each call was to the file `trace`. `jobs` is a folder of models in place of the built-in
// ones. `place` is an empty output on object storage, where the calls of the store are numbered; on
// a folder those of the file system are.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { NO_PROGRESS } from '../../build/build/night.js';
import { loadConfig } from '../../build/config/config.js';
import { openLog } from '../../build/log.js';
import { runNightly } from '../../build/night/run.js';
import { S3Store } from '../../build/store/s3/store.js';

const { config: file, asOf, jobs, trace, at, when, place } = JSON.parse(process.argv[2]);
const config = await loadConfig(file);
const labels = [];

/** Numbers a call, and dies where it is asked to. */
function numbered(label, call) {
  const number = labels.push(label) - 1;
  const isAsked = number === at || label === at;
  if (isAsked && when === 'before') process.kill(process.pid, 'SIGKILL');
  if (isAsked && when === 'paused') process.kill(process.pid, 'SIGSTOP');
  if (!isAsked || when !== 'after') return call();
  let result;
  try {
    result = call();
  } finally {
    if (!(result instanceof Promise)) process.kill(process.pid, 'SIGKILL');
  }
  return result.finally(() => process.kill(process.pid, 'SIGKILL'));
}

/** What kind of thing is at a path or key. */
const kindOf = (key) =>
  /attempts(?=\/.)|.*_delta_log|_commits|manifests|_lease|_probe|latest\/_mirror|latest|objects|runs|writing/
    .exec(key)?.[0]
    .replace(/.*\//, '') ?? 'other';

function watchFiles(folder) {
  for (const name of ['writeFile', 'rename', 'link', 'unlink', 'copyFile', 'mkdir', 'rm', 'open']) {
    for (const [on, as] of [
      [fs.promises, name],
      [fs, `${name}Sync`],
    ]) {
      const original = on[as];
      on[as] = (...args) => {
        // of two paths the second is what changes
        const path = String(['rename', 'link', 'copyFile'].includes(name) ? args[1] : args[0]);
        const isCounted = path.startsWith(folder) && !path.includes('.dayfold-run-');
        return isCounted
          ? numbered(`${name} ${kindOf(path)}`, () => original(...args))
          : original(...args);
      };
    }
  }
  syncBuiltinESMExports();
}

function watched(store) {
  return new Proxy(store, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (!['write', 'create', 'copy', 'remove', 'sweep', 'read', 'fetch'].includes(name))
        return value.bind(target);
      return (...args) =>
        numbered(`${name} ${kindOf(String(name === 'copy' ? args[1] : args[0]))}`, () =>
          value.apply(target, args),
        );
    },
  });
}

if (place === undefined) watchFiles(`${config.base}/output/`);
await runNightly({
  config,
  asked: [asOf],
  log: openLog('silent'),
  progress: NO_PROGRESS,
  clock: () => new Date('2026-11-22T03:00:00Z'),
  program: 'dayfold test',
  ...(jobs === undefined ? {} : { jobs: [jobs] }),
  ...(place === undefined ? {} : { output: watched(new S3Store(place)) }),
});
if (trace !== undefined) fs.writeFileSync(trace, JSON.stringify(labels));
