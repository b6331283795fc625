import { spawn } from 'node:child_process';
import { messageOf } from '../errors.js';

/** Where something is reported: to a URL, to a program, to both or to nobody. */
export interface Receivers {
  readonly webhook: string | null;
  /** the program and its arguments */
  readonly command: readonly string[] | null;
}

/** So long a receiver may take. */
const TIMEOUT_MS = 10_000;

/**
 * Sends JSON by POST.
 * @throws Error that names the host alone, for the rest of the URL may be a secret
 */
export async function post(url: string, body: unknown, timeout = TIMEOUT_MS): Promise<void> {
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  }).catch((error: Error) => {
    throw new Error(`${host}: expected an answer, found: ${messageOf(error.cause ?? error)}`);
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${host}: expected status 200, found ${response.status}`);
}

/**
 * Runs a program in a folder, and gives it JSON on stdin.
 * @throws Error that names the program alone, for its arguments may be secrets
 */
export async function run(
  [program = '', ...args]: readonly string[],
  body: unknown,
  folder: string,
  timeout = TIMEOUT_MS,
): Promise<void> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
    timeout,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}); // one that does not read its input is none the worse for it
  child.stdin.end(`${JSON.stringify(body)}\n`);
  const ended = await new Promise<string>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`${program}: expected a program that starts, found: ${error.message}`)),
    );
    child.on('close', (code, signal) => resolve(signal ?? String(code)));
  });
  if (ended !== '0') throw new Error(`${program}: expected it to end with 0, found ${ended}`);
}

/**
 * Tells all receivers.
 * @param forWebhook what the URL is sent, where that is something else
 * @returns what failed; nothing when everything was reported
 */
export async function notify(
  { webhook, command }: Receivers,
  body: unknown,
  folder: string,
  forWebhook: unknown = body,
): Promise<Error[]> {
  const sent = await Promise.allSettled([
    ...(webhook === null ? [] : [post(webhook, forWebhook)]),
    ...(command === null ? [] : [run(command, body, folder)]),
  ]);
  return sent.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
}
