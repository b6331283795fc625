import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notify, post, run } from '../../src/notify/deliver.js';
import { useReceiver } from './receiver.js';

const receiver = useReceiver();
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-notify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const node = (script: string) => [process.execPath, '-e', script];

describe('a webhook', () => {
  test('is sent JSON', async () => {
    await post(receiver().url, { a: 1 });
    expect(receiver().bodies).toEqual([{ a: 1 }]);
  });

  test.each([
    ['an error', 500, /^127\.0\.0\.1:\d+: expected status 200, found 500$/],
    ['a redirection', 302, /^127\.0\.0\.1:\d+: expected an answer, found: /],
    ['nothing', undefined, /^127\.0\.0\.1:\d+: expected an answer, found: .*timeout/],
  ])('that answers %s fails, and its secret is not told', async (_, status, message) => {
    receiver().status = status;
    await expect(post(receiver().url, {}, 100)).rejects.toThrow(message);
  });

  test('that is not there fails', async () => {
    await expect(post('http://127.0.0.1:1/planted', {})).rejects.toThrow(
      /^127\.0\.0\.1:1: expected an answer/,
    );
  });
});

describe('a command', () => {
  test('is given JSON on stdin, in its folder', async () => {
    const script = `process.stdin.pipe(require('node:fs').createWriteStream('told.json'))`;
    await run(node(script), { a: 1 }, folder);
    expect(JSON.parse(await readFile(path.join(folder, 'told.json'), 'utf8'))).toEqual({ a: 1 });
  });

  test('need not read it', async () => {
    await expect(run(node(''), { text: 'x'.repeat(1_000_000) }, folder)).resolves.toBeUndefined();
  });

  test.each([
    [
      'ends with another code',
      node('process.exit(3)'),
      /^\S*node: expected it to end with 0, found 3$/,
    ],
    [
      'does not end',
      node('setTimeout(() => {}, 60_000)'),
      /^\S*node: expected it to end with 0, found SIGKILL$/,
    ],
    [
      'is not there',
      ['dayfold-no-such-program', 'planted'],
      /^dayfold-no-such-program: expected a program that starts/,
    ],
  ])('that %s fails', async (_, command, message) => {
    await expect(run(command, {}, folder, 2000)).rejects.toThrow(message);
  });
});

test('every receiver is notified, even if another one cannot be', async () => {
  const failures = await notify(
    { webhook: receiver().url, command: node('process.exit(1)') },
    { a: 1 },
    folder,
  );
  expect(failures).toHaveLength(1);
  expect(receiver().bodies).toEqual([{ a: 1 }]);
});
