import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one request or its answer. */
export type Fault =
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  /** the connection breaks before the server gets the request */
  | { readonly kind: 'reset' }
  /** the server does what it is asked, and the answer is lost */
  | { readonly kind: 'lost answer' }
  /** the server does what it is asked, later than anybody waits */
  | { readonly kind: 'late'; readonly milliseconds: number }
  /** half of the body comes, then nothing more */
  | { readonly kind: 'stalled body' }
  /** half of the body comes, then the connection breaks */
  | { readonly kind: 'cut body' }
  /** half of the body comes, and its length is given as such */
  | { readonly kind: 'wrong length' }
  | { readonly kind: 'flipped byte' }
  | { readonly kind: 'flipped byte in the request' };

/** A request as it passes. */
export interface Passing {
  readonly method: string;
  /** the path and what follows it */
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** A proxy before a real server: it passes everything on, and does harm where it is told to. */
export class FaultProxy {
  /** which fault the next request meets, if any */
  harm: (request: Passing) => Fault | undefined = () => undefined;
  readonly passed: Passing[] = [];
  readonly #target: URL;
  readonly #server: http.Server;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = http.createServer((request, response) => this.#pass(request, response));
  }

  /** @param target URL of the server */
  static async open(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** At most this many requests meet the fault, of those that `where` picks. */
  harmNext(fault: Fault, times = 1, where: (request: Passing) => boolean = () => true): void {
    let left = times;
    this.harm = (request) => {
      if (left === 0 || !where(request)) return undefined;
      left -= 1;
      return fault;
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const passing = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
    };
    this.passed.push(passing);
    const fault = this.harm(passing);
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      const body = Buffer.concat(chunks);
      if (fault?.kind === 'reset') return request.socket.destroy();
      if (fault?.kind === 'error') return answerError(response, fault);
      if (fault?.kind === 'late')
        await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      if (fault?.kind === 'flipped byte in the request') flip(body);
      const answer = await this.#forward(request, body);
      if (fault?.kind === 'lost answer') return request.socket.destroy();
      send(response, answer, fault);
    });
  }

  #forward(request: http.IncomingMessage, body: Buffer): Promise<Answer> {
    const { method, url, headers } = request;
    const { hostname, port } = this.#target;
    return new Promise((resolve, reject) => {
      const onward = http.request({ hostname, port, method, path: url, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      onward.on('error', reject);
      onward.end(body);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

function send(
  response: http.ServerResponse,
  { status, headers, body }: Answer,
  fault: Fault | undefined,
): void {
  const { 'transfer-encoding': _, ...others } = headers;
  const half = body.subarray(0, body.length >> 1);
  const isHead = response.req.method === 'HEAD';
  const length = fault?.kind === 'wrong length' ? half.length : body.length;
  response.writeHead(status, isHead ? headers : { ...others, 'content-length': length });
  switch (fault?.kind) {
    case 'stalled body':
      response.write(half);
      return;
    case 'cut body':
      response.write(half, () => response.destroy());
      return;
    case 'wrong length':
      response.end(half);
      return;
    case 'flipped byte':
      flip(body);
  }
  response.end(body);
}

function answerError(
  response: http.ServerResponse,
  { status, code }: Extract<Fault, { kind: 'error' }>,
): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><RequestId>proxy</RequestId></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml', date: new Date().toUTCString() });
  response.end(body);
}

function flip(body: Buffer): void {
  const middle = body.length >> 1;
  if (body.length > 0) body[middle] = (body[middle] ?? 0) ^ 1;
}
