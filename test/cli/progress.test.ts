import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { setLoudness } from '../../src/cli/loudness.js';
import { openProgress } from '../../src/cli/progress.js';
import { openLog } from '../../src/log.js';

/** What is written to it. */
class Screen extends Writable {
  readonly columns = 80;
  text = '';
  constructor(readonly isTTY: boolean) {
    super();
  }
  override _write(chunk: unknown, _: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

const streamOf = (screen: Screen) => screen as unknown as NodeJS.WriteStream;

afterEach(() => {
  vi.useRealTimers();
  setLoudness({});
});

test('on a terminal one line shows the stage and how far it is, never beyond its total, and is gone afterwards', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  const screen = new Screen(true);
  const progress = await openProgress(openLog('silent'), streamOf(screen));
  for (const name of ['stage', 'clean']) {
    const step = progress.stage(name, 2);
    for (const _ of [1, 2, 3]) {
      step();
      vi.advanceTimersByTime(1000);
    }
  }
  progress.done();
  expect(screen.text).toContain('stage');
  expect(screen.text).toContain('2/2');
  expect(screen.text).not.toContain('3/2');
  expect(screen.text).not.toContain('\n');
  // the last thing that is done to the line is to clear it
  expect(screen.text.lastIndexOf('\u001b[0K')).toBeGreaterThan(screen.text.lastIndexOf('clean'));
});

test('the time that is left is reported once there is something to go by', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  const screen = new Screen(true);
  const progress = await openProgress(openLog('silent'), streamOf(screen));
  const step = progress.stage('clean', 100);
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(1000);
    step();
  }
  vi.advanceTimersByTime(1000);
  progress.done();
  expect(screen.text).not.toMatch(/ [1-4]\/100,/);
  expect(screen.text).toMatch(/ 10\/100, 2 min left/);
});

test('of stages under way at once, the line shows the one that began first', async () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  const progress = await openProgress(log, streamOf(new Screen(false)));
  const [first, second] = [progress.stage('staged/users', 1), progress.stage('daily/day', 3)];
  second();
  vi.advanceTimersByTime(31_000);
  first();
  second();
  vi.advanceTimersByTime(31_000);
  progress.done();
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { stage: 'staged/users', done: 0, total: 1 },
    { stage: 'daily/day', done: 2, total: 3 },
  ]);
});

test('in a pipe the log has a line each half minute, until it is done', async () => {
  vi.useFakeTimers();
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  const progress = await openProgress(log, streamOf(new Screen(false)));
  const step = progress.stage('clean', 9);
  step();
  vi.advanceTimersByTime(61_000);
  progress.done();
  vi.advanceTimersByTime(61_000);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: 'under way', stage: 'clean', done: 1, total: 9 },
    { msg: 'under way', stage: 'clean', done: 1, total: 9 },
  ]);
});

test('the tasks of a cluster are shown beside their stage until a partition is done', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  const screen = new Screen(true);
  const lines: string[] = [];
  const log = pino({}, { write: (line) => lines.push(line) });
  for (const to of [screen, new Screen(false)]) {
    const progress = await openProgress(log, streamOf(to));
    const step = progress.stage('2026-03-01 to 2026-03-09: daily/day', 2);
    progress.tasks('daily/day', 3, 40);
    progress.tasks('daily/user_day', 4, 50); // is not under way
    vi.advanceTimersByTime(31_000);
    step();
    vi.advanceTimersByTime(31_000);
    progress.done();
  }
  expect(screen.text).toContain('0/2, Spark: 3 of 40 tasks');
  expect(screen.text).not.toContain('of 50');
  const [during, after] = lines.map((line) => JSON.parse(line));
  expect(during).toMatchObject({ done: 0, total: 2, tasks: '3 of 40' });
  expect(after).toMatchObject({ done: 1, total: 2 });
  expect(after).not.toHaveProperty('tasks');
});

test.each(['quiet', 'verbose'] as const)('there is none when %s', async (loudness) => {
  setLoudness({ [loudness]: true });
  const screen = new Screen(true);
  const progress = await openProgress(openLog('silent'), streamOf(screen));
  progress.stage('clean', 2);
  progress.done();
  expect(screen.text).toBe('');
});
