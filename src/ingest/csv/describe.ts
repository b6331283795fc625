import { encodingOf } from '../../config/encodings.js';
import type { Text } from '../text/decode.js';
import type { Dialect } from './dialect.js';
import type { Recognised } from './recognise.js';
import type { Survey } from './survey.js';

const NAMES: Record<string, string> = { '\t': 'tab', ',': 'comma', ';': 'semicolon', '|': 'bar' };

// How an export was read, as far as that is unusual or was found out from the file: a line for each
// thing.

/** @param asked the encoding that is configured */
export function describeEncoding({ encoding }: Text, asked: string | null): string[] {
  if (asked !== null && encoding !== encodingOf(asked))
    return [`encoding ${encoding}, as its byte order mark says, not ${asked}`];
  return encoding !== 'utf-8' && asked === null ? [`encoding ${encoding}, found`] : [];
}

/** What the opening of a CSV file shows. */
export function describeOpening(asked: Dialect, { csv, preamble }: Recognised): string[] {
  const { delimiter, quote } = csv;
  const said: string[] = [];
  if (asked.delimiter === null && delimiter !== ',')
    said.push(`delimiter ${NAMES[delimiter] ?? delimiter}, found`);
  if (asked.quote === null && quote !== '"') said.push(`quote ${quote}, found`);
  if (preamble > 0) said.push(`the first ${count(preamble, 'line')} left out, before the header`);
  return said;
}

/**
 * What the whole of a CSV file shows.
 * @param after the records after the data
 */
export function describeSurvey(
  asked: Dialect,
  found: Recognised,
  seen: Survey,
  after: readonly string[],
): string[] {
  const said: string[] = [];
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

function count(amount: number, what: string): string {
  return `${amount === 1 ? '' : `${amount} `}${what}${amount === 1 ? '' : 's'}`;
}
