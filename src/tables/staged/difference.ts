import type { Session } from '../../engine/engine.js';
import { type Raw, SEPARATOR } from '../../ingest/sql/raw.js';
import type { Loaded } from './load.js';

const BATCH = 10_000;
const SHOWN = 120;

/**
 * Where the engine's rows first differ from the records of an export, in words. Slow; for the
 * message of a failure.
 */
export async function firstDifference(
  session: Session,
  raw: Raw,
  read: string,
  { prepared, raws }: Pick<Loaded, 'prepared' | 'raws'>,
): Promise<string> {
  if (prepared.rewritten) return 'the rewritten file was read differently than it was written';
  for (let from = 0; from < prepared.readable; from += BATCH) {
    const rows = await session.rows(
      `select ${raw.record} as record from ${read} limit ${BATCH} offset ${from}`,
    );
    const lines = Array.from(
      { length: Math.min(BATCH, prepared.readable - from) },
      (_, i) => prepared.firstLine + from + i,
    );
    let i = 0;
    for await (const [line, text] of raws(lines)) {
      const read = rows[i++]?.record;
      if (read === undefined)
        return `the first line without a row is ${line}: ${text.slice(0, SHOWN)}`;
      // quotes are not kept by the engine, and say nothing about where rows begin
      const values = String(read).split(SEPARATOR);
      const plain = text.replaceAll('"', '');
      if (values.some((value) => !plain.includes(value.replaceAll('"', '')))) {
        return (
          `the first line that differs is ${line}: the export has ${text.slice(0, SHOWN)}, the ` +
          `engine read ${values.join(',').slice(0, SHOWN)}`
        );
      }
    }
  }
  return `the engine read rows after the last line, ${prepared.firstLine + prepared.readable - 1}`;
}
