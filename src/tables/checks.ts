import type { Night } from '../build/night.js';
import { GateError } from '../errors.js';
import { checkResults, checksOf } from '../release/check_results.js';
import type { CheckResult } from '../release/schema.js';

/** The newest as-of date of the release being built, if it has reports. */
export function newestAsOf({ next }: Night): string | undefined {
  return next.newest('report/report')?.name;
}

/** What the checks say as of that date. */
export function checksOfNewest(night: Night): CheckResult[] {
  const newest = newestAsOf(night);
  return newest === undefined ? [] : checkResults(night.next, night, newest);
}

/**
 * The gate: the as-of dates that are asked for, and the dates of their windows, must hold what is
 * set to fail. What was published before and is outside of them does not keep a new night from
 * its release.
 * @throws GateError when they do not; nothing is published then
 */
export function requireQuality(night: Night): void {
  if (!night.builds) return;
  const failed = night.asked.flatMap((asOf) =>
    checkResults(night.next, night, asOf)
      .filter(({ severity, violations }) => severity === 'fail' && violations > 0)
      .map((result) => ({ asOf, result })),
  );
  if (failed.length === 0) return;
  const { number } = night.live.release;
  const names = [...new Set(failed.map(({ result }) => result.check))];
  const rows = names.flatMap((name) => rowsOf(night, name));
  throw new GateError(
    [
      `Quality gate: ${names.join(', ')} failed. Nothing was published; ` +
        `${number === 0 ? 'there is no release yet' : `release ${number} is unchanged`}:`,
      ...failed.flatMap(({ asOf, result }) =>
        result.found.map((found) => `  ${result.check} as of ${asOf}: ${found}`),
      ),
      ...(rows.length === 0
        ? []
        : [
            'The rows that break it, until run-job gc:',
            ...rows.slice(0, ROWS_TOLD).map((each) => `  ${each}`),
          ]),
      'Correct the exports and run again; or publish all the same with checks: { ' +
        `${names.map((name) => `${name}: warn`).join(', ')} } in ${night.config.file}`,
    ].join('\n'),
    failed.map(({ result }) => result),
  );
}

/** At most this many objects with violations are named. */
const ROWS_TOLD = 5;

function rowsOf(night: Night, name: string): string[] {
  const models = night.models.filter(
    (model) => model.layer === 'checks' && checksOf(model).includes(name),
  );
  return models
    .flatMap((model) => night.next.of(`checks/${model.name}`))
    .flatMap(({ objects }) => objects.map(({ key }) => night.output.locate(key)))
    .reverse();
}
