import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../errors.js';
import type { Log } from '../log.js';
import type { Branding } from '../report/report.js';
import type { Store } from '../store/store.js';
import { statusPage } from './page.js';
import type { Readiness } from './ready.js';
import type { Worker } from './worker.js';

export interface ServerOptions {
  readonly worker: Worker;
  readonly readiness: Readiness;
  readonly output: Store;
  readonly look: Pick<Branding, 'title' | 'accent'>;
  readonly log: Log;
}

interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** Files of a report, as they are called in latest/reports/. */
const REPORT =
  /^\/reports\/(\d{4}-\d{2}-\d{2}\/[a-z0-9_]+\.(html|json|csv|parquet|arrow)|index\.html)$/;
const TYPES: Record<string, string> = {
  html: 'text/html',
  json: 'application/json',
  csv: 'text/csv',
};
const BINARY = 'application/octet-stream';

/**
 * Tells how the worker is. It answers GET and HEAD alone, and changes nothing.
 * @throws ConfigError when it cannot listen there
 */
export async function serve(host: string, port: number, options: ServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    // any text may come, also what is no URL
    const [path = ''] = (request.url ?? '').split('?');
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const answer = isRead
      ? answerTo(path, options)
      : Promise.resolve(text('Only GET and HEAD are answered', 405));
    answer
      .catch((error: unknown) => {
        options.log.error({ err: error, path }, 'a request failed');
        return text('This request failed: see the log of the worker', 500);
      })
      .then((found) => send(response, found, request.method === 'HEAD'));
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => {
      reject(
        new ConfigError(`http.host, http.port: expected an address that is free, found ${message}`),
      );
    });
    server.listen(port, host, resolve);
  });
  const { address, port: bound } = server.address() as AddressInfo;
  options.log.info({ host: address, port: bound }, 'listening');
  return server;
}

async function answerTo(
  path: string,
  { worker, readiness, output, look }: ServerOptions,
): Promise<Answer> {
  switch (path) {
    case '/healthz':
      return text('ok');
    case '/readyz': {
      const problem = await readiness.problem();
      return problem === undefined ? text('ok') : text(problem, 503);
    }
    case '/metrics': {
      const { registry } = worker.metrics;
      return { type: registry.contentType, body: await registry.metrics() };
    }
    case '/status':
      return { type: 'application/json', body: `${JSON.stringify(worker.status, null, 2)}\n` };
    case '/':
      return { type: 'text/html', body: statusPage(worker.status, look) };
    default:
      return report(path, output);
  }
}

async function report(path: string, output: Store): Promise<Answer> {
  const [, file, extension] = REPORT.exec(path) ?? [];
  const body = file === undefined ? undefined : await output.read(`latest/reports/${file}`);
  if (body === undefined) return text(`${path} is not here: see /`, 404);
  return { type: TYPES[extension ?? 'html'] ?? BINARY, body };
}

function text(body: string, status = 200): Answer {
  return { status, type: 'text/plain', body: `${body}\n` };
}

function send(
  response: ServerResponse,
  { status = 200, type, body }: Answer,
  isHead: boolean,
): void {
  response.writeHead(status, {
    'content-type': type === BINARY || type.includes('charset') ? type : `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(isHead ? undefined : body);
}
