import { createSecureContext } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition, MethodDefinition } from '@grpc/proto-loader';
import { protocol } from './protocol.js';

/**
 * Bytes of one message at most. grpc-js stops at 4 MiB, which a plan over thousands of objects can
 * exceed.
 */
const MESSAGE_BYTES = 128 * 1024 * 1024;
const UNARY_MS = 60_000;

/** How a Spark Connect server is reached. */
export interface ServerOptions {
  /** host and port */
  readonly target: string;
  readonly token: string | null;
  readonly tls: boolean;
}

/** A message as it came: only the fields that were set. */
export type Message = Readonly<Record<string, unknown>>;

const definitions = protocol();
const METHODS = definitions['spark.connect.SparkConnectService'] as unknown as Record<
  string,
  MethodDefinition<object, Message>
>;

/**
 * The connection to a Spark Connect server: calls, without what they mean. The token is in none of
 * its messages.
 */
export class SparkServer {
  readonly target: string;
  readonly #client: grpc.Client;
  readonly #metadata = new grpc.Metadata();

  constructor({ target, token, tls }: ServerOptions) {
    this.target = target;
    if (token !== null) this.#metadata.set('authorization', `Bearer ${token}`);
    // createSsl does not know the certificates of NODE_EXTRA_CA_CERTS
    const encrypted = () => grpc.credentials.createFromSecureContext(createSecureContext());
    this.#client = new grpc.Client(target, tls ? encrypted() : grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': MESSAGE_BYTES,
      'grpc.max_send_message_length': MESSAGE_BYTES,
      'grpc.keepalive_time_ms': 60_000, // a connection that went silent is noticed
    });
  }

  /** One request, one answer. @throws grpc.ServiceError */
  call(name: string, request: object, milliseconds = UNARY_MS): Promise<Message> {
    const { path, requestSerialize, responseDeserialize } = METHODS[name] as MethodDefinition<
      object,
      Message
    >;
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + milliseconds };
      this.#client.makeUnaryRequest(
        ...([
          path,
          requestSerialize,
          responseDeserialize,
          request,
          this.#metadata,
          options,
        ] as const),
        (error, answer) =>
          error === null && answer !== undefined ? resolve(answer) : reject(error),
      );
    });
  }

  /** One request, many answers. */
  stream(name: string, request: object): grpc.ClientReadableStream<Message> {
    const { path, requestSerialize, responseDeserialize } = METHODS[name] as MethodDefinition<
      object,
      Message
    >;
    return this.#client.makeServerStreamRequest(
      ...([path, requestSerialize, responseDeserialize, request, this.#metadata] as const),
    );
  }

  close(): void {
    this.#client.close();
  }
}

/**
 * What an error names beside its message: the class of Spark's error, and where more of it can be
 * asked for.
 */
export function detailsOf({ metadata }: grpc.ServiceError): Readonly<Record<string, string>> {
  const [status] = metadata.get('grpc-status-details-bin');
  if (!Buffer.isBuffer(status)) return {};
  const { details = [] } = decode('google.rpc.Status', status) as {
    details?: { type_url: string; value: Buffer }[];
  };
  const info = details.find(({ type_url }) => type_url.endsWith('ErrorInfo'));
  if (info === undefined) return {};
  return (
    (decode('google.rpc.ErrorInfo', info.value) as { metadata?: Record<string, string> })
      .metadata ?? {}
  );
}

export function isServiceError(error: unknown): error is grpc.ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

function decode(type: string, bytes: Buffer): object {
  return (definitions[type] as MessageTypeDefinition<object, object>).deserialize(bytes);
}
