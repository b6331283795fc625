import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { addDays } from '../../../src/dates.js';
import { useDeployments } from '../../night/nights.js';
import { deliverUpTo } from '../../night/two_days.js';
import { type Program, useProgram } from '../../program.js';

const { deploy } = useDeployments();
const { start } = useProgram();

const yesterday = addDays(new Date().toISOString().slice(0, 10), -1);

/**
 * A deployment with small exports, whose worker listens on a port of its own; the night of
 * yesterday is due at any time of the day.
 */
async function deployWorker(settings: object = {}) {
  const schedule = { cron: '0 0 * * *' };
  const deployment = await deploy({
    log: { level: 'info' },
    http: { port: 0 },
    schedule,
    ...settings,
  });
  await deliverUpTo('2026-11-19', (key, content) => deployment.deliver(key, content));
  const args = ['schedule', '--config', path.join(deployment.folder, 'dayfold.yaml')];
  return { deployment, args };
}

/** What a worker answers to a path. */
async function ask(worker: Program, at: string): Promise<Response> {
  await worker.wrote('"listening"');
  const [, port] = /"port":(\d+),"msg":"listening"/.exec(worker.err) ?? [];
  return fetch(`http://127.0.0.1:${port}${at}`);
}

/** What it answers to a request line that no client of ours would send. */
async function rawly(worker: Program, request: string): Promise<string> {
  const [, port] = /"port":(\d+),"msg":"listening"/.exec(worker.err) ?? [];
  const socket = connect(Number(port), '127.0.0.1');
  socket.end(`${request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return text(socket);
}

test('a worker runs the night that is missing, tells how it is, and ends when it is told to', async () => {
  const { deployment, args } = await deployWorker();
  const worker = start(args);
  expect(await (await ask(worker, '/healthz')).text()).toBe('ok\n');
  expect((await ask(worker, '/readyz')).status).toBe(200);
  await worker.wrote('"night ended"');
  const release = await deployment.release();
  expect(release.of('report/report').map(({ name }) => name)).toEqual([yesterday]);

  const status = await (await ask(worker, '/status')).json();
  expect(status).toMatchObject({
    running: null,
    release: { number: 1, as_of: yesterday },
    problem: null,
    nights: [{ as_of: yesterday, result: 'published', release: 1, exit_code: 0, error: null }],
  });
  for (const request of ['GET //', 'GET http://a:99999/', 'GET /%zz'])
    expect(await rawly(worker, request)).toMatch(/^HTTP\/1\.1 404 /);
  const metrics = await (await ask(worker, '/metrics')).text();
  expect(metrics).toContain('dayfold_nights_total{result="published"} 1');
  expect(metrics).toMatch(/dayfold_rows\{table="sessions",outcome="kept"\} \d+/);
  const page = await (await ask(worker, '/')).text();
  expect(page).toContain(`href="reports/${yesterday}/report.html"`);
  expect(await (await ask(worker, `/reports/${yesterday}/report.html`)).text()).toContain(
    '<!doctype html>',
  );
  expect((await ask(worker, '/reports/index.html')).status).toBe(200);
  expect(
    (await ask(worker, '/reports/2026-11-19/../../../_commits/000000000001.json')).status,
  ).toBe(404);

  worker.child.kill('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 0, out: '' });
});

test('a worker that starts again has nothing to do', async () => {
  const { args } = await deployWorker();
  const first = start(args);
  await first.wrote('"night ended"');
  first.child.kill('SIGTERM');
  await first.ended;
  const second = start(args);
  await second.wrote('"worker started"');
  const { nights } = await (await ask(second, '/status')).json();
  expect(nights).toMatchObject([{ as_of: yesterday, result: 'published', release: 1 }]);
  second.child.kill('SIGTERM');
  const { code, err } = await second.ended;
  expect([code, err.includes('night started')]).toEqual([0, false]);
});

test('a stop in the middle of a night gives it up at a safe point and leaves nothing behind', async () => {
  const { deployment, args } = await deployWorker();
  const worker = start(args);
  await worker.wrote('"run started"');
  worker.child.kill('SIGTERM');
  const { code, err } = await worker.ended;
  expect(code).toBe(0);
  expect(err).toContain('"result":"stopped"');
  const left = (await readdir(deployment.output.folder)).filter((name) => /lease|run-/.test(name));
  expect(left).toEqual([]);
});

test('a second stop ends worker and night at once', async () => {
  const { args } = await deployWorker();
  const worker = start(args);
  await worker.wrote('"run started"');
  const [, pid] = /"run":"[^"]+-(\d+)"/.exec(worker.err) ?? [];
  process.kill(Number(pid), 'SIGSTOP'); // a night that cannot end by itself
  worker.child.kill('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 200));
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 143 });
  // a zombie, at most: nobody may have reaped it here
  const state = () => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ' gone ');
  await expect.poll(state, { timeout: 10_000 }).toMatch(/ gone | Z /);
});

test('a night that is killed is reported, and the worker goes on', async () => {
  const { args } = await deployWorker();
  const worker = start(args);
  await worker.wrote('"run started"');
  const [, pid] = /"run":"[^"]+-(\d+)"/.exec(worker.err) ?? [];
  process.kill(Number(pid), 'SIGKILL');
  await worker.wrote('"night failed"');
  const status = await (await ask(worker, '/status')).json();
  expect(status.nights).toMatchObject([{ result: 'failed', exit_code: null }]);
  expect(status.nights[0].error).toMatch(
    /^The process of the night ended by SIGKILL and said nothing: look for the memory limit/,
  );
  expect(await (await ask(worker, '/metrics')).text()).toContain(
    'dayfold_exits_total{code="signal"} 1',
  );
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
});

test('a worker without exports is alive but not ready', async () => {
  const { deployment, args } = await deployWorker();
  await rename(path.join(deployment.folder, 'exports'), path.join(deployment.folder, 'unmounted'));
  await mkdir(path.join(deployment.folder, 'exports'));
  const worker = start(args);
  const ready = await ask(worker, '/readyz');
  expect([ready.status, await ready.text()]).toEqual([
    503,
    `${path.join(deployment.folder, 'exports')}: expected exports, found none: check exports.store\n`,
  ]);
  expect((await ask(worker, '/healthz')).status).toBe(200);
  await worker.wrote('"night failed"');
  expect(worker.err).toMatch(/"exit_code":4,"result":"failed"|"result":"failed".*"exit_code":4/);
  worker.child.kill('SIGTERM');
  await worker.ended;
});

test('an address that is taken ends with 2', async () => {
  const { args } = await deployWorker();
  const first = start(args);
  await first.wrote('"listening"');
  const [, port] = /"port":(\d+),"msg":"listening"/.exec(first.err) ?? [];
  const { args: others } = await deployWorker({ http: { port: Number(port) } });
  const { code, err } = await start(others).ended;
  expect(code).toBe(2);
  expect(err).toContain(
    'http.host, http.port: expected an address that is free, found listen EADDRINUSE',
  );
  first.child.kill('SIGTERM');
  await first.ended;
});
