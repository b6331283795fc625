import { encodingOf } from '../../config/encodings.js';
import type { Joined } from '../text/join.js';
import type { Csv, Dialect } from './dialect.js';
import type { Recognised } from './recognise.js';
import type { Survey } from './survey.js';

const NAMES: Record<string, string> = { '\t': 'tab', ',': 'comma', ';': 'semicolon', '|': 'bar' };

/**
 * How an export was read, as far as that is unusual or was found out from the file: a
 * line for each thing.
 */
export function describeReading(
  text: Joined,
  asked?: Dialect,
  found?: Recognised,
  seen?: Survey,
  after: readonly string[] = [],
): string[] {
  const said: string[] = [];
  if (
    asked?.encoding !== null &&
    asked !== undefined &&
    text.encoding !== encodingOf(asked.encoding)
  ) {
    said.push(`encoding ${text.encoding}, as its byte order mark says, not ${asked.encoding}`);
  } else if (text.encoding !== 'utf-8' && asked?.encoding == null)
    said.push(`encoding ${text.encoding}, found`);
  if (asked === undefined || found === undefined) return said;
  said.push(...describeCsv(asked, found.csv));
  if (found.preamble > 0)
    said.push(`the first ${count(found.preamble, 'line')} left out, before the header`);
  if (seen === undefined) return said;
  if (seen.header.length > found.header.length) said.push('a delimiter at the end of each line');
  if (asked.escape === null && seen.escape === 'backslash') said.push('escape backslash, found');
  if (seen.refusedOtherwise !== undefined && seen.refusedOtherwise < seen.refused) {
    const why =
      asked.escape === null
        ? 'because the other one does not explain all records'
        : 'as configured';
    said.push(
      `escape ${seen.escape}, ${why}, though with the other one fewer records would be refused`,
    );
  }
  if (after.length > 0)
    said.push(`${count(after.length, 'record')} after the data left out: ${after.join(' / ')}`);
  return said;
}

function describeCsv(asked: Dialect, { delimiter, quote }: Csv): string[] {
  return [
    ...(asked.delimiter === null && delimiter !== ','
      ? [`delimiter ${NAMES[delimiter] ?? delimiter}, found`]
      : []),
    ...(asked.quote === null && quote !== '"' ? [`quote ${quote}, found`] : []),
  ];
}

function count(amount: number, what: string): string {
  return `${amount === 1 ? '' : `${amount} `}${what}${amount === 1 ? '' : 's'}`;
}
