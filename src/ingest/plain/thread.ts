import { parentPort } from 'node:worker_threads';
import { type Given, type PlainExport, PlainReader } from './plain.js';
import type { Meaning, PlainRules } from './table.js';

/** What the thread is told. */
export type Told =
  | { readonly reader: number; readonly rules: PlainRules }
  | { readonly job: number; readonly reader: number; readonly given: Given }
  | { readonly question: number; readonly meanings: readonly Meaning[] };

/** What it says. */
export type Said =
  | { readonly job: number; readonly plain: PlainExport | undefined }
  | { readonly job: number; readonly error: unknown }
  | {
      readonly question: number;
      readonly reader: number;
      readonly column: string;
      readonly spellings: readonly string[];
    };

const readers = new Map<number, PlainReader>();
const questions = new Map<number, (meanings: readonly Meaning[]) => void>();
let asked = 0;

function say(said: Said): void {
  parentPort?.postMessage(said);
}

function ask(
  reader: number,
  column: string,
  spellings: readonly string[],
): Promise<readonly Meaning[]> {
  const question = asked++;
  say({ question, reader, column, spellings });
  return new Promise((resolve) => questions.set(question, resolve));
}

async function read({ job, reader, given }: Extract<Told, { job: number }>): Promise<void> {
  try {
    say({ job, plain: await readers.get(reader)?.read(given) });
  } catch (error) {
    say({ job, error });
  }
}

parentPort?.on('message', (told: Told) => {
  if ('rules' in told) {
    readers.set(
      told.reader,
      new PlainReader(told.rules, (column, spellings) => ask(told.reader, column, spellings)),
    );
  } else if ('job' in told) {
    void read(told);
  } else {
    questions.get(told.question)?.(told.meanings);
    questions.delete(told.question);
  }
});
