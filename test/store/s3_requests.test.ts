import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { S3Store } from '../../src/store/s3/store.js';
import { settingsOf } from './s3_server.js';

let server: Server;
let underWay = 0;
let most = 0;
beforeEach(async () => {
  [underWay, most] = [0, 0];
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any');
  server = createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    request.resume().on('end', () => {
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(200, { etag: '"1"' }).end();
      }, 50);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
});

test.each([
  { bytes: 1000, count: 100, atOnce: 32 },
  { bytes: 2 << 20, count: 20, atOnce: 8 },
])('of $count writes of $bytes bytes $atOnce are under way at once', async (given) => {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const store = new S3Store({ ...settingsOf('s3://bucket/output'), endpoint, region: 'any' });
  const content = Buffer.alloc(given.bytes);
  const keys = Array.from({ length: given.count }, (_, i) => `${i}.p`);
  await Promise.all(keys.map((key) => store.write(key, content)));
  expect(store.requests.get('PUT')).toBe(given.count);
  expect(most).toBe(given.atOnce);
});
