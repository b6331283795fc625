// Checks that lines of sources, documents and configuration have at most 100 characters: node .ci/lines.mjs
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const MOST = 100;
const FILES = /^((src|docs|config)\/.*\.(ts|md|sql|ya?ml)|[^/]+\.(md|mjs|ts))$/;

/** Where a line break would change a text that is published, or break a macro in two. */
const EXCEPTIONS = [
  // the HTML, styles and scripts of pages
  /^src\/(report\/.*|worker\/page)\.ts$/,
  // macros, one case a line
  /^src\/engine\/(duckdb|spark)\/(vocabulary|spellings)\.ts$/,
  // a SELECT whose text decides what is stale
  /^config\/presets\/zendesk\.yaml$/,
];
/** The ledger, as run-job nightly prints it. */
const LEDGER = /^(table|activity_log|feature_usage|sessions|support_tickets|users) {2,}/;

let broken = 0;
for (const file of execFileSync('git', ['ls-files']).toString().trim().split('\n')) {
  if (!FILES.test(file) || EXCEPTIONS.some((each) => each.test(file))) continue;
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const length = [...line].length;
    if (length <= MOST || (file === 'README.md' && LEDGER.test(line))) continue;
    console.error(`${file}:${i + 1}: expected at most ${MOST} characters, found ${length}`);
    broken++;
  }
}
console.log(broken === 0 ? `lines have at most ${MOST} characters` : `${broken} lines`);
process.exitCode = broken === 0 ? 0 : 1;
