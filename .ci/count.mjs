// count.mjs <steps> <run>...: prints "N passed, N failed" over the lines "passed: ..." and "failed:
// ..." of the first file and the results of vitest in <run>.json, where <run>.failed is beside
// it when vitest did not exit with 0. Failed tests are named with what they said, such as the seed
// of random ones.
import { existsSync, readFileSync } from 'node:fs';
import { basename, relative } from 'node:path';

const [steps, ...runs] = process.argv.slice(2);
let passed = 0;
const failures = [];

for (const line of readFileSync(steps, 'utf8').split('\n')) {
  if (line.startsWith('passed: ')) passed += 1;
  if (line.startsWith('failed: ')) failures.push(line.slice('failed: '.length));
}
for (const run of runs) {
  const before = failures.length;
  const results = existsSync(`${run}.json`)
    ? JSON.parse(readFileSync(`${run}.json`, 'utf8'))
    : undefined;
  passed += results?.numPassedTests ?? 0;
  for (const { name, status, assertionResults } of results?.testResults ?? []) {
    const tests = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${test.fullName}\n${test.failureMessages.join('\n').slice(0, 4000)}`);
    // a file that cannot be loaded fails without a failed test
    if (status !== 'failed') continue;
    const where = `${basename(run)} ${relative('.', name)}`;
    failures.push(...(tests.length > 0 ? tests : ['the file']).map((test) => `${where}: ${test}`));
  }
  const complete = !existsSync(`${run}.failed`) && (results?.numPassedTests ?? 0) > 0;
  if (!complete && failures.length === before)
    failures.push(`${basename(run)}: the tests did not run to their end`);
}
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
