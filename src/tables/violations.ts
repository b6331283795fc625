import type { PreparedModel } from '../build/models.js';
import type { Night } from '../build/night.js';
import { readParquet } from '../build/objects.js';
import type { Made } from '../build/run_model.js';
import { identifier, type Session } from '../engine/engine.js';
import type { Counts } from '../release/schema.js';

/**
 * How many rows break a check in each of its partitions, by check: a model of one's own is one
 * check, and each of its rows a violation; a model of the contracts holds several, and counts.
 */
export async function violationsOf(
  night: Night,
  session: Session,
  { model }: PreparedModel,
  made: readonly Made[],
): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const { objects, rows } of made) {
    if (model.rules === undefined || rows === 0) {
      counts.push({ violations: rows === 0 ? {} : { [model.name]: rows } });
      continue;
    }
    const [by, sum] = [
      ['rule', 'checked'].map(identifier).join(` || ' ' || `),
      identifier('violations'),
    ];
    const found = await session.rows(
      `select ${by} as broken, cast(sum(${sum}) as bigint) as violations from ` +
        `${await readParquet(night, objects)} group by broken order by broken`,
    );
    counts.push({
      violations: Object.fromEntries(
        found.map((row) => [String(row.broken), Number(row.violations)]),
      ),
    });
  }
  return counts;
}
