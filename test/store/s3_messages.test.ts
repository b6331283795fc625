import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import { settingsOf } from './s3_server.js';

let server: Server;
let refusal = '';
let status = 403;
beforeEach(async () => {
  status = 403;
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${refusal}</Code></Error>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
});

/** What is said of a listing at this endpoint. */
async function said(
  scheme: 'http' | 'https',
  region: string | null = 'us-east-1',
): Promise<{ message: string; endpoint: string }> {
  const endpoint = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const patience = { connect: 1000, idle: 1000, attempt: 1000, attempts: 1, pause: 1 };
  const store = new S3Store(
    { ...settingsOf('s3://bucket/output'), endpoint, region },
    { patience },
  );
  const message = await store
    .keys('')
    [Symbol.asyncIterator]()
    .next()
    .then(
      () => '',
      (error: Error) => error.message,
    );
  return { message, endpoint };
}

test.each(['InvalidAccessKeyId', 'SignatureDoesNotMatch'])(
  '%s names bucket and endpoint',
  async (code) => {
    refusal = code;
    const { message, endpoint } = await said('http');
    expect(message).toMatch(
      `Could not list s3://bucket/output/ at ${endpoint} (${code} 403): the credentials are wrong`,
    );
  },
);

test('https where the server speaks http is a sentence', async () => {
  const { message, endpoint } = await said('https');
  expect(message).toMatch(
    `Could not list s3://bucket/output/ at ${endpoint} (EPROTO): the server does not speak TLS: write the endpoint with http://`,
  );
});

test('a server that is not object storage is reported', async () => {
  [refusal, status] = ['', 404];
  const { message } = await said('http');
  expect(message).toMatch(
    /404\): the server does not answer as object storage does: check the endpoint/,
  );
});

test('a region that is missing is reported without a code', async () => {
  for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  const { message, endpoint } = await said('http', null);
  expect(message).toBe(
    `Could not list s3://bucket/output/ at ${endpoint}: set region, or AWS_REGION`,
  );
});
