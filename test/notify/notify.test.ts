import { readFile, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Config } from '../../src/config/config.js';
import { ConflictError, DataError, GateError } from '../../src/errors.js';
import { openLog } from '../../src/log.js';
import type { Outcome } from '../../src/night/outcome.js';
import { runNightly } from '../../src/night/run.js';
import { notifying } from '../../src/notify/notify.js';
import type { Store } from '../../src/store/store.js';
import { type Deployment, useDeployments } from '../night/nights.js';
import { RUN_EVENT } from './openlineage.js';
import { useReceiver } from './receiver.js';

const { deploy } = useDeployments('all');
const receiver = useReceiver();

const OUTCOME = {
  release: 1,
  published: true,
  run: 'r',
  asked: ['2026-03-01'],
  newest: '2026-03-01',
  checks: [],
  late: [],
};
const outcome =
  (change: object = {}) =>
  async () =>
    ({ ...OUTCOME, ...change }) as unknown as Outcome;
const failing = (error: Error) => async (): Promise<Outcome> => {
  throw error;
};

/** Runs one after the other, each told of; what the receiver was sent of each. */
async function sent(
  deployment: Deployment,
  ...runs: (() => Promise<Outcome>)[]
): Promise<unknown[][]> {
  const told: unknown[][] = [];
  for (const run of runs) {
    receiver().bodies.length = 0;
    await told_of(deployment, run).catch(() => {});
    told.push([...receiver().bodies]);
  }
  return told;
}

function told_of(
  { config, output }: Deployment,
  run: () => Promise<Outcome>,
  change: Partial<Config> = {},
) {
  const about = { asked: ['2026-03-01'], log: openLog('silent'), output };
  return notifying(
    { ...about, config: { ...config, ...change }, clock: () => new Date('2026-03-02T03:00:00Z') },
    run,
  );
}

const names = (bodies: unknown[][]) =>
  bodies.map((each) =>
    each.map((body) =>
      Object.values(body as object)
        .slice(0, 2)
        .join(' '),
    ),
  );

describe('alerts', () => {
  const withWebhook = () => deploy({ alerts: { webhook: receiver().url } });

  test('a run that fails, a gate, stale and late exports: each once, and once when it is over', async () => {
    const stale = outcome({
      checks: [{ check: 'freshness', severity: 'warn', violations: 1, found: ['sessions: old'] }],
    });
    expect(
      names(
        await sent(
          await withWebhook(),
          failing(new DataError('bad export')),
          failing(new DataError('bad export')),
          failing(new GateError('unique failed', [])),
          stale,
          stale,
          outcome({ late: ['users'] }),
          outcome({ late: undefined }),
          outcome(),
        ),
      ),
    ).toEqual([
      ['failed failed'],
      [],
      ['gate gate'],
      ['recovered failed', 'recovered gate', 'freshness freshness'],
      [],
      ['late late', 'recovered freshness'],
      [],
      ['recovered late'],
    ]);
  });

  test('say what happened, what to do, since when, and where', async () => {
    const deployment = await withWebhook();
    expect(await sent(deployment, failing(new DataError('bad export')))).toEqual([
      [
        {
          ...{ alert: 'failed', incident: 'failed', message: 'bad export', asked: ['2026-03-01'] },
          ...{
            since: '2026-03-02T03:00:00.000Z',
            at: '2026-03-02T03:00:00.000Z',
            output: deployment.output.url,
          },
          cure: expect.stringContaining('Nothing was published'),
        },
      ],
    ]);
  });

  test('that were not delivered are sent by the next run, and the run is as it would be', async () => {
    const deployment = await withWebhook();
    receiver().status = 503;
    await expect(told_of(deployment, failing(new DataError('bad export')))).rejects.toThrow(
      'bad export',
    );
    receiver().status = 200;
    expect(names(await sent(deployment, failing(new DataError('bad export'))))).toEqual([
      ['failed failed'],
    ]);
  });

  test('say nothing when another run is at work', async () => {
    expect(await sent(await withWebhook(), failing(new ConflictError('another run')))).toEqual([
      [],
    ]);
  });

  test('are sent though the store is gone, for that is the news', async () => {
    const deployment = await withWebhook();
    const gone = new Proxy(deployment.output, {
      get: (store, name) => {
        if (name === 'read' || name === 'write')
          return async () => Promise.reject(new Error('no answer'));
        return Reflect.get(store, name);
      },
    }) as Store;
    const about = { config: deployment.config, asked: [], log: openLog('silent'), output: gone };
    const run = notifying(
      { ...about, clock: () => new Date() },
      failing(new DataError('no answer')),
    );
    await expect(run).rejects.toThrow('no answer');
    expect(names([receiver().bodies])).toEqual([['failed failed']]);
  });

  test('keep secrets and the rest of a URL out of the log', async () => {
    const deployment = await withWebhook();
    receiver().status = 500;
    const log = openLog('silent');
    const warn = vi.spyOn(log, 'warn');
    const about = { config: deployment.config, asked: [], log, output: deployment.output };
    await notifying({ ...about, clock: () => new Date() }, failing(new DataError('x'))).catch(
      () => {},
    );
    expect(warn).toHaveBeenCalledOnce();
    expect(JSON.stringify(warn.mock.calls)).not.toContain('planted');
  });
});

describe('after a release', () => {
  test('its number and its report are reported once, and again by the next run when that failed', async () => {
    const deployment = await deploy({ after_publish: { webhook: receiver().url } });
    receiver().status = 500;
    await told_of(deployment, outcome({ built: [] }));
    receiver().status = 200;
    const runs = await sent(
      deployment,
      outcome({ published: false, newest: undefined }),
      outcome({ published: false }),
    );
    expect(runs).toEqual([
      [
        {
          ...{
            event: 'published',
            release: 1,
            run: 'r',
            as_of: '2026-03-01',
            output: deployment.output.url,
          },
          report: path.join(deployment.folder, 'output/latest/reports/2026-03-01/report.html'),
        },
      ],
      [],
    ]);
  });

  test('a failed run sends no release, and nothing is written if there are no receivers', async () => {
    const hooked = await deploy({ after_publish: { webhook: receiver().url } });
    expect(await sent(hooked, failing(new DataError('x')))).toEqual([[]]);
    const silent = await deploy();
    await told_of(silent, outcome());
    expect(await silent.files()).toEqual(new Map());
  });
});

describe('lineage', () => {
  /** The events of a run over one export of sessions, and a user who is not known. */
  async function events(
    work: (deployment: Deployment) => Promise<Outcome>,
  ): Promise<Record<string, unknown>[]> {
    const deployment = await deploy({ lineage: { url: receiver().url, file: 'events.jsonl' } });
    await deployment.deliver(
      'sessions/sessions_2026-03-01.csv',
      'session_id,user_id,login_at,logout_at\na,7,2026-03-01 09:00:00,\nb,8,2026-03-01 09:00:00,\n',
    );
    await deployment.deliver('users/users_2026-03-01.csv', 'user_id,created_at\n7,2026-02-01\n');
    await told_of(deployment, () => work(deployment)).catch(() => {});
    const lines = (await readFile(path.join(deployment.folder, 'events.jsonl'), 'utf8'))
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(receiver().bodies);
    for (const body of receiver().bodies) RUN_EVENT.parse(body);
    return receiver().bodies as Record<string, unknown>[];
  }
  const night = (deployment: Deployment) => runNightly(deployment.runOptions(['2026-03-01']));

  test('tells the beginning and the end of a run, with schemas, row counts and assertions', async () => {
    const [started, completed] = await events(night);
    expect([started, completed]).toMatchObject([
      { eventType: 'START', job: { namespace: 'dayfold', name: 'nightly' } },
      { eventType: 'COMPLETE', run: { runId: (started as { run: { runId: string } }).run.runId } },
    ]);
    const { inputs, outputs } = completed as Record<'inputs' | 'outputs', { name: string }[]>;
    const named = (list: { name: string }[], name: string) =>
      list.find((each) => each.name === name);
    expect(named(outputs, 'latest/clean/sessions')).toMatchObject({
      facets: {
        schema: {
          fields: expect.arrayContaining([
            expect.objectContaining({ name: 'login_at', type: 'timestamp' }),
          ]),
        },
      },
      outputFacets: { outputStatistics: { rowCount: 2 } },
    });
    expect(named(inputs, 'users/users_{date}.csv')).toMatchObject({
      inputFacets: {
        dataQualityAssertions: {
          assertions: expect.arrayContaining([
            { assertion: 'known_users', success: false, severity: 'warn' },
            { assertion: 'unique', success: true, severity: 'error' },
          ]),
        },
      },
    });
  });

  test('tells why a run failed', async () => {
    const bodies = await events(failing(new DataError('bad export')));
    expect(bodies).toMatchObject([
      { eventType: 'START' },
      { eventType: 'FAIL', run: { facets: { errorMessage: { message: 'bad export' } } } },
    ]);
  });

  describe('of a run that never said how it ended', () => {
    const GONE = 4_194_305; // higher than the id of any process
    const run = 'd2719c5a-2c2e-4d3c-9d2c-0123456789ab';
    const begun = {
      run,
      namespace: 'before',
      since: '2026-03-01T03:00:00.000Z',
      host: hostname(),
      pid: GONE,
    };
    const key = `runs/told/begun/${run}.json`;
    const MINUTE = 60_000;

    /** The events of a run that begins after one whose mark is there, this many minutes old. */
    async function eventsAfter(mark: object, minutes = 0) {
      const deployment = await deploy({ lineage: { file: 'events.jsonl' } });
      await deployment.write(`output/${key}`, JSON.stringify({ ...begun, ...mark }));
      const then = new Date(Date.now() - minutes * MINUTE);
      await utimes(path.join(deployment.folder, 'output', key), then, then);
      await told_of(deployment, outcome({ built: [] }));
      const left = [...(await deployment.files()).keys()].filter((name) =>
        name.startsWith('runs/told/begun/'),
      );
      const lines = (await readFile(path.join(deployment.folder, 'events.jsonl'), 'utf8'))
        .trim()
        .split('\n');
      const events = lines.map((line) => JSON.parse(line));
      for (const event of events) RUN_EVENT.parse(event);
      return {
        events: events.map(({ eventType, run: { runId } }) => [eventType, runId === run]),
        all: events,
        left,
      };
    }

    test('the next one ends it, in its own namespace, with when and where it began', async () => {
      const { events, all, left } = await eventsAfter({});
      expect(events).toEqual([
        ['FAIL', true],
        ['START', false],
        ['COMPLETE', false],
      ]);
      const { message } = all[0].run.facets.errorMessage;
      expect(message).toContain(
        `began at ${begun.since} in process ${GONE} on ${hostname()} never said how it ended`,
      );
      expect(all[0].job.namespace).toBe('before');
      expect(left).toEqual([]);
    });

    test('the next one ends it though it ran on another machine, once its mark is old', async () => {
      const { events, left } = await eventsAfter({ host: 'another' }, 6);
      expect(events[0]).toEqual(['FAIL', true]);
      expect(left).toEqual([]);
    });

    test.each([
      ['its process is running', { pid: process.ppid }],
      ['it runs on another machine, and its mark is young', { host: 'another' }],
    ])('the next one leaves it alone where %s', async (_, mark) => {
      const { events, left } = await eventsAfter(mark, 3);
      expect(events).toEqual([
        ['START', false],
        ['COMPLETE', false],
      ]);
      expect(left).toEqual([key]);
    });

    test('the next one ends it again where nobody could be told', async () => {
      const deployment = await deploy({ lineage: { file: 'nowhere/events.jsonl' } });
      await deployment.write(`output/${key}`, JSON.stringify(begun));
      await told_of(deployment, outcome({ built: [] }));
      const left = [...(await deployment.files()).keys()].filter((name) =>
        name.startsWith('runs/told/begun/'),
      );
      expect(left).toContain(key);
    });
  });
});
