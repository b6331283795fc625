import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';

export type Log = Logger;

const STDERR = 2;

/** Loaded for people only. */
const pretty = isatty(STDERR) ? (await import('pino-pretty')).default : undefined;

/**
 * The log of a run, on stderr, so that stdout stays for results: JSON lines in a pipe, readable
 * lines on a terminal.
 * @param level pino's level; 'silent' for none
 */
export function openLog(level: string): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pretty
    ? pino(
        options,
        pretty({ destination: STDERR, sync: true, translateTime: 'SYS:HH:MM:ss', ignore: 'run' }),
      )
    : pino(options, pino.destination({ dest: STDERR, sync: true }));
}
