import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreError } from '../../src/errors.js';
import { S3Store } from '../../src/store/s3/store.js';
import { checkLive, published } from '../kill/kill.js';
import { randomOf } from '../rivals/schedule.js';
import { type Fault, FaultProxy, type Passing } from '../store/fault_proxy.js';
import { freshPlace, QUICK } from '../store/s3_server.js';
import { type Deployment, useDeployments } from './nights.js';
import { deliverUpTo } from './two_days.js';

const { deploy } = useDeployments();
const SEEDS = [3, 4];
/**
 * Of all requests, those that meet a fault; with four attempts at each, hardly any stays without an
 * answer.
 */
const SHARE = 0.1;

const PASSING: Fault[] = [
  { kind: 'error', status: 500, code: 'InternalError' },
  { kind: 'error', status: 503, code: 'SlowDown' },
  { kind: 'error', status: 403, code: 'RequestTimeTooSkewed' },
  { kind: 'reset' },
  { kind: 'lost answer' },
  { kind: 'stalled body' },
  { kind: 'cut body' },
  { kind: 'wrong length' },
  { kind: 'flipped byte' },
  { kind: 'flipped byte in the request' },
];

let proxy: FaultProxy;
let deployment: Deployment;
let expected: Record<string, string>;

beforeAll(async () => {
  proxy = await FaultProxy.open(String(process.env.AWS_ENDPOINT_URL_S3));
  deployment = await deploy();
  const place = await freshPlaces();
  await deployment.night('2026-11-20', { ...place.direct() });
  expected = await published(place.direct().output);
});
afterAll(() => proxy.close());

/** Exports on the server, and an empty output: reached through the proxy, and directly. */
async function freshPlaces() {
  const [from, to] = [await freshPlace(), await freshPlace()];
  const open = (endpoint: string | null) => ({
    exports: new S3Store({ ...from, endpoint }, { patience: QUICK }),
    output: new S3Store({ ...to, endpoint }, { patience: QUICK }),
  });
  const { exports } = open(null);
  await deliverUpTo('2026-11-20', (key, content) => exports.write(key, Buffer.from(content)));
  return { harmed: () => open(proxy.url), direct: () => open(null) };
}

/** How a night through the proxy ended: with a release, or with an error that names the way out. */
async function endOf(
  stores: ReturnType<Awaited<ReturnType<typeof freshPlaces>>['harmed']>,
): Promise<string> {
  try {
    await deployment.night('2026-11-20', { ...stores });
    return 'published';
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return (error as StoreError).message;
  }
}

const NAMED = PASSING.map((fault): [string, Fault] => [
  fault.kind === 'error' ? fault.code : fault.kind,
  fault,
]);

describe('a night in which requests meet a fault now and then publishes what an undisturbed one does', () => {
  test.each(NAMED)('%s', async (_, fault) => {
    let met = 0;
    for (const seed of SEEDS) {
      const random = randomOf(seed);
      const place = await freshPlaces();
      proxy.harm = () => (random() < SHARE && ++met ? fault : undefined);
      const end = await endOf(place.harmed());
      proxy.harm = () => undefined;
      const { output } = place.direct();
      await checkLive(output);
      // a creation is sent once, so that a fault there may leave it unknown whether this run
      // published
      if (end !== 'published') expect(end).toMatch(/unknown whether|Could not/);
      await deployment.night('2026-11-20', { onRival: 'takeover', ...place.direct() });
      expect(await published(output), `seed ${seed}: ${end}`).toEqual(expected);
    }
    expect(met).toBeGreaterThan(10);
  });
});

test('a night that is refused half-way publishes nothing, says which right to allow, and the next one goes on', async () => {
  const place = await freshPlaces();
  const isWritten = ({ method, url }: Passing) => method === 'PUT' && url.includes('/objects/');
  let writes = 0;
  proxy.harm = (request) =>
    isWritten(request) && ++writes > 10
      ? { kind: 'error', status: 403, code: 'AccessDenied' }
      : undefined;
  expect(await endOf(place.harmed())).toContain('allow s3:PutObject');
  proxy.harm = () => undefined;
  const { output } = place.direct();
  expect(await checkLive(output)).toBe(0);
  await deployment.night('2026-11-20', { ...place.direct() });
  expect(await published(output)).toEqual(expected);
});
