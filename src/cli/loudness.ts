import { styleText } from 'node:util';

/** How much a command says beside its result: --quiet, --verbose, or neither. */
export interface Loudness {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

let chosen: Loudness = {};

/** Takes what the command line says; it holds for the whole process. */
export function setLoudness(loudness: Loudness): void {
  chosen = loudness;
}

/** Whether nothing but the result is wanted. */
export function isQuiet(): boolean {
  return chosen.quiet === true;
}

/**
 * The level of the log of a run. On a terminal, which shows progress, it has problems only, unless
 * --verbose asks for more.
 * @param configured pino's level
 */
export function logLevel<Level extends string>(
  configured: Level,
  isTerminal: boolean,
): Level | 'error' | 'warn' | 'debug' {
  if (configured === 'silent') return configured;
  if (chosen.quiet) return 'error';
  if (chosen.verbose) return configured === 'trace' ? configured : 'debug';
  return isTerminal && configured === 'info' ? 'warn' : configured;
}

/** Whether progress is shown: not beside each line of a verbose log. */
export function showsProgress(): boolean {
  return !chosen.quiet && !chosen.verbose;
}

/** The first words of a part of a summary; bold on a terminal, unless NO_COLOR is set. */
export function heading(words: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText('bold', words) : words;
}
