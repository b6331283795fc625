import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { QueryError } from '../../../src/engine/engine.js';
import { SessionLost } from '../../../src/engine/spark/failure.js';
import { protocol } from '../../../src/engine/spark/protocol.js';
import { SparkServer } from '../../../src/engine/spark/server.js';
import { SparkSession } from '../../../src/engine/spark/session.js';
import { ConfigError, Stopped, StoreError } from '../../../src/errors.js';

type Call = ServerWritableStream<Record<string, unknown>, object>;

const WRITE = {
  table: 'daily/x',
  select: 'select 1',
  path: '/x',
  partitionBy: [],
  options: {},
  tell: () => {},
};
const DONE = { response_id: 'b', server_side_session_id: 's', result_complete: {} };
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A server that answers as told; what it is asked is kept. */
async function serve(answers: {
  execute?: (call: Call, times: number) => void;
  reattach?: (call: Call) => void;
  analyse?: object;
  seconds?: number;
}) {
  const asked: { name: string; request: Record<string, unknown>; authorization: unknown }[] = [];
  const keep = (name: string, call: { request: Record<string, unknown>; metadata: Metadata }) => {
    asked.push({
      name,
      request: call.request,
      authorization: call.metadata.get('authorization')[0],
    });
  };
  const server = new Server();
  const unary =
    (name: string, answer: object) =>
    (call: ServerUnaryCall<Record<string, unknown>, object>, reply: sendUnaryData<object>) => {
      keep(name, call);
      if ('code' in answer) reply(answer as never);
      else reply(null, answer);
    };
  const implementation: UntypedServiceImplementation = {
    ExecutePlan: (call: Call) => {
      keep('ExecutePlan', call);
      answers.execute?.(call, asked.filter(({ name }) => name === 'ExecutePlan').length);
    },
    ReattachExecute: (call: Call) => {
      keep('ReattachExecute', call);
      answers.reattach?.(call);
    },
    AnalyzePlan: unary(
      'AnalyzePlan',
      answers.analyse ?? { spark_version: { version: '4.3.0' }, server_side_session_id: 's' },
    ),
    Interrupt: unary('Interrupt', {}),
    ReleaseExecute: unary('ReleaseExecute', {}),
    ReleaseSession: unary('ReleaseSession', {}),
    Config: unary('Config', {}),
    FetchErrorDetails: unary('FetchErrorDetails', {
      root_error_idx: 0,
      errors: [{ message: '[UNRESOLVED_COLUMN] the whole message' }],
    }),
  };
  server.addService(
    protocol()['spark.connect.SparkConnectService'] as unknown as ServiceDefinition,
    implementation,
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const connection = new SparkServer({
    target: `127.0.0.1:${port}`,
    token: 'hidden-token',
    tls: false,
  });
  opened.push(
    () => connection.close(),
    () => server.forceShutdown(),
  );
  return { session: new SparkSession(connection, answers.seconds ?? 60), asked };
}

const fail = (call: Call, code: status, details: string, metadata = new Metadata()) =>
  call.emit('error', { code, details, metadata });

test('the token goes with each call, and is in no message', async () => {
  const { session, asked } = await serve({
    analyse: { code: status.UNAUTHENTICATED, details: 'Invalid token' },
  });
  const failure = await session.version().catch((error) => error);
  expect(failure).toBeInstanceOf(ConfigError);
  expect(failure.message).toMatch(
    /engine.token: expected one that 127.0.0.1:\d+ accepts, found that it refuses this one: Invalid token/,
  );
  expect(`${failure.message} ${failure.stack}`).not.toContain('hidden-token');
  expect(asked[0]?.authorization).toBe('Bearer hidden-token');
});

test('each time the server reports its tasks, those of all stages so far are passed on', async () => {
  const stage = (num_tasks: number, num_completed_tasks?: number) => ({
    num_tasks,
    num_completed_tasks,
  });
  const { session } = await serve({
    execute: (call) => {
      for (const stages of [[], [stage(40)], [stage(40, 40), stage(200, 7)]])
        call.write({ response_id: 'a', execution_progress: { stages } });
      call.write({ observed_metrics: [{ name: 'written', values: [{ long: 1 }] }] });
      call.write(DONE);
      call.end();
    },
  });
  const told: number[][] = [];
  const tell = (...tasks: number[]) => void told.push(tasks);
  await session.write({ ...WRITE, tell });
  expect(told).toEqual([
    [0, 40],
    [47, 240],
  ]);
});

test('a statement whose connection breaks goes on: the session attaches where it was', async () => {
  const { session, asked } = await serve({
    execute: (call) => {
      call.write({ response_id: 'a', server_side_session_id: 's' });
      setTimeout(() => fail(call, status.UNAVAILABLE, 'connection reset'), 50);
    },
    reattach: (call) => {
      call.write({
        response_id: 'a2',
        observed_metrics: [{ name: 'written', values: [{ long: 42 }] }],
      });
      call.write(DONE);
      call.end();
    },
  });
  expect(await session.write(WRITE)).toBe(42);
  const [execute, reattach] = asked;
  expect(reattach).toMatchObject({
    name: 'ReattachExecute',
    request: { last_response_id: 'a', operation_id: execute?.request.operation_id },
  });
});

test('a statement that never reached the server is sent again, once it is known not to be there', async () => {
  const { session, asked } = await serve({
    execute: (call, times) => {
      if (times === 1) return fail(call, status.UNAVAILABLE, 'not yet');
      call.write(DONE);
      return call.end();
    },
    reattach: (call) =>
      fail(call, status.INTERNAL, '[INVALID_HANDLE.OPERATION_NOT_FOUND] no such operation'),
  });
  await session.run('select 1');
  expect(asked.map(({ name }) => name).filter((name) => name !== 'ReleaseExecute')).toEqual([
    'ExecutePlan',
    'ReattachExecute',
    'ExecutePlan',
  ]);
});

test('a session that the server does not know any more is lost', async () => {
  const { session } = await serve({
    execute: (call) =>
      fail(call, status.INTERNAL, '[INVALID_HANDLE.SESSION_CHANGED] the session is another one'),
  });
  await expect(session.run('select 1')).rejects.toThrow(SessionLost);
});

test('SQL that fails is reported with the whole message of its class, and the statement', async () => {
  const info = Buffer.from(
    (
      protocol()['google.rpc.ErrorInfo'] as unknown as { serialize(value: object): Buffer }
    ).serialize({
      reason: 'org.apache.spark.sql.AnalysisException',
      metadata: { errorClass: 'UNRESOLVED_COLUMN', errorId: 'e' },
    }),
  );
  const details = (
    protocol()['google.rpc.Status'] as unknown as { serialize(value: object): Buffer }
  ).serialize({
    details: [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }],
  });
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(details));
  const { session } = await serve({
    execute: (call) => fail(call, status.INTERNAL, 'cut off', metadata),
  });
  const failure = await session.run('select nothing').catch((error) => error);
  expect(failure).toBeInstanceOf(QueryError);
  expect(failure).toMatchObject({
    message: '[UNRESOLVED_COLUMN] the whole message',
    sql: 'select nothing',
  });
});

test('an interrupt ends a statement within a second, though the server says nothing', async () => {
  const { session, asked } = await serve({
    execute: (call) => void call.write({ response_id: 'a' }),
  });
  const running = session.run('select 1').catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const started = performance.now();
  session.interrupt();
  expect(await running).toBeInstanceOf(Stopped);
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(asked.map(({ name }) => name)).toContain('Interrupt');
  await expect(session.run('select 2')).rejects.toThrow(Stopped);
});

test('a statement that takes longer than it may is interrupted, and the session goes on', async () => {
  const { session, asked } = await serve({
    seconds: 1,
    execute: (call, times) => void call.write(times === 1 ? { response_id: 'a' } : DONE),
  });
  await expect(session.run('select 1')).rejects.toThrow(
    /Expected Spark at \S+ to need at most 1 s for a statement, found that it needs longer/,
  );
  expect(asked.map(({ name }) => name)).toContain('Interrupt');
  await session.run('select 2');
});

test('nor does a statement wait longer for a connection that broke, and it is interrupted there', async () => {
  const { session, asked } = await serve({
    seconds: 1,
    execute: (call) => {
      call.write({ response_id: 'a' });
      setTimeout(() => fail(call, status.UNAVAILABLE, 'connection reset'), 50);
    },
    reattach: (call) => fail(call, status.UNAVAILABLE, 'connection refused'),
  });
  const started = performance.now();
  await expect(session.run('select 1')).rejects.toThrow(/need at most 1 s/);
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(asked.map(({ name }) => name)).toContain('Interrupt');
});

test('a server that is not there is reported with what to check', async () => {
  const connection = new SparkServer({ target: '127.0.0.1:1', token: null, tls: false });
  opened.push(() => connection.close());
  const failure = await new SparkSession(connection, 60).version().catch((error) => error);
  expect(failure).toBeInstanceOf(StoreError);
  expect(failure.message).toMatch(
    /Could not reach Spark Connect at 127.0.0.1:1 .*: check engine.remote and engine.tls/,
  );
});
