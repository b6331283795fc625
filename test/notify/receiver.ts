import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/**
 * A receiver of webhooks on the loopback interface: it keeps what it is sent, and answers as it is
 * told.
 */
export class Receiver {
  readonly bodies: unknown[] = [];
  /** what it answers; undefined: nothing, ever */
  status: number | undefined = 200;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Receiver> {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      receiver.bodies.push(JSON.parse(text));
      if (receiver.status !== undefined) response.writeHead(receiver.status).end();
    });
    const receiver = new Receiver(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/planted-secret`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A receiver for the tests of one file, empty at the start of each. */
export function useReceiver(): () => Receiver {
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await Receiver.open();
  });
  beforeEach(() => {
    receiver.bodies.length = 0;
    receiver.status = 200;
  });
  afterAll(() => receiver.close());
  return () => receiver;
}
