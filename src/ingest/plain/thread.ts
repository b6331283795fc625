import { parentPort } from 'node:worker_threads';
import { type Given, type PlainExport, PlainReader } from './plain.js';
import type { Meaning, PlainRules } from './table.js';

/** What the thread is request. */
export type Request =
  | { readonly reader: number; readonly rules: PlainRules }
  | { readonly job: number; readonly reader: number; readonly given: Given }
  | { readonly question: number; readonly meanings: readonly Meaning[] };

/** What it answers or asks. */
export type Response =
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

function post(response: Response): void {
  parentPort?.postMessage(response);
}

function ask(
  reader: number,
  column: string,
  spellings: readonly string[],
): Promise<readonly Meaning[]> {
  const question = asked++;
  post({ question, reader, column, spellings });
  return new Promise((resolve) => questions.set(question, resolve));
}

async function read({ job, reader, given }: Extract<Request, { job: number }>): Promise<void> {
  try {
    post({ job, plain: await readers.get(reader)?.read(given) });
  } catch (error) {
    post({ job, error });
  }
}

parentPort?.on('message', (request: Request) => {
  if ('rules' in request) {
    readers.set(
      request.reader,
      new PlainReader(request.rules, (column, spellings) => ask(request.reader, column, spellings)),
    );
  } else if ('job' in request) {
    void read(request);
  } else {
    questions.get(request.question)?.(request.meanings);
    questions.delete(request.question);
  }
});
