import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceError } from '@grpc/grpc-js';
import { Stopped, StoreError } from '../../errors.js';
import { failureOf, isPassing } from './failure.js';
import { isServiceError, type Message, type SparkServer } from './server.js';

/**
 * How often a call is tried again, and how long the first pause is; each is four times as long as
 * the one before, up to 10 s.
 */
const TRIES = { started: 8, unanswered: 4 };
const PAUSE_MS = 50;
/** How long an interrupt may take before the worker goes on without an answer. */
const INTERRUPT_MS = 1_000;
const GOODBYE_MS = 5_000;
const ALL = 1;
const OVERWRITE = 2;

/** Files that a view shows as rows. */
export interface Read {
  readonly paths: readonly string[];
  /** columns with their types, as Spark writes them */
  readonly schema: string;
  /** folders name=value below it are columns; folders are no columns unless set */
  readonly basePath?: string;
  /** expressions of the columns and of `_metadata`, in place of all columns */
  readonly select?: readonly string[];
}

/** How many tasks of a statement are done, of those that are known so far. */
export type TellTasks = (done: number, known: number) => void;

/** What is known of a statement that runs. */
interface Statement {
  readonly text: string;
  /** what it makes, for messages */
  readonly table?: string;
  readonly tell?: TellTasks;
}

/** Where the rows of a SELECT go. */
export interface Write {
  readonly table: string;
  readonly select: string;
  readonly path: string;
  /** the columns of the folders; one file where there are none */
  readonly partitionBy: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  /** called every few seconds, as often as the server says how far it is */
  readonly tell: TellTasks;
}

/**
 * One session on a Spark Connect server: temporary views and functions made in it are its own. A
 * statement survives a broken connection: it goes on at the server, and the session attaches to it
 * again.
 */
export class SparkSession {
  readonly #server: SparkServer;
  readonly #seconds: number;
  readonly #id = randomUUID();
  readonly #user = { user_id: 'dayfold' };
  readonly #stop = new AbortController();
  /** by which the server is known to be the one that has the session */
  #observed: string | undefined;

  /** @param seconds that a statement may take */
  constructor(server: SparkServer, seconds: number) {
    this.#server = server;
    this.#seconds = seconds;
  }

  /** @throws StoreError when the server cannot be reached; ConfigError when it refuses the token */
  async version(): Promise<string> {
    const answer = await this.#call('AnalyzePlan', { spark_version: {} });
    return (answer.spark_version as { version: string }).version;
  }

  async configure(settings: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(settings).map(([key, value]) => ({ key, value }));
    await this.#call('Config', { operation: { set: { pairs } } });
  }

  /** Analyses a SELECT without running it. @throws QueryError when it cannot run */
  async analyse(select: string): Promise<void> {
    const plan = { root: { sql: { query: select } } };
    await this.#call('AnalyzePlan', { explain: { plan, explain_mode: ALL } }, select);
  }

  /** Runs a statement that gives no rows. */
  async run(sql: string): Promise<void> {
    await this.#execute(
      { command: { sql_command: { input: { sql: { query: sql } } } } },
      { text: sql },
    );
  }

  /** Makes a temporary view of just these Parquet files. */
  async view(name: string, { paths, schema, basePath, select }: Read): Promise<void> {
    const options = basePath === undefined ? { recursiveFileLookup: 'true' } : { basePath };
    const read = { read: { data_source: { format: 'parquet', paths, schema, options } } };
    const expressions = select?.map((expression) => ({ expression_string: { expression } }));
    const input = expressions === undefined ? read : { project: { input: read, expressions } };
    const view = { name, replace: true, input };
    await this.#execute({ command: { create_dataframe_view: view } }, { text: `the view ${name}` });
  }

  /** Writes the rows of a SELECT as Parquet. @returns how many rows, as the tasks counted them */
  async write({ table, select, path, partitionBy, options, tell }: Write): Promise<number> {
    const query = { sql: { query: select } };
    const rows =
      partitionBy.length === 0
        ? { repartition: { input: query, num_partitions: 1, shuffle: false } }
        : query;
    const input = {
      collect_metrics: {
        input: rows,
        name: 'written',
        metrics: [{ expression_string: { expression: 'count(1) as written' } }],
      },
    };
    const write_operation = {
      input,
      source: 'parquet',
      path,
      mode: OVERWRITE,
      options,
      partitioning_columns: partitionBy,
    };
    const written = await this.#execute(
      { command: { write_operation } },
      { text: select, table, tell },
    );
    if (written === undefined) {
      throw new StoreError(
        `Expected ${this.#server.target} to say how many rows it wrote, found nothing: Spark ` +
          '4.0 or later is needed',
      );
    }
    return written;
  }

  /**
   * Ends the statement that is running, on the server too: it throws Stopped. No other one can
   * begin.
   */
  interrupt(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    // the server ends it in time
    await this.#server.call('ReleaseSession', this.#base(), GOODBYE_MS).catch(() => {});
  }

  /**
   * Runs a plan to its end.
   * @returns the rows that its observation counted, where it has one
   * @throws StoreError when that takes longer than it may; Stopped when it was interrupted
   */
  async #execute(plan: object, statement: Statement): Promise<number | undefined> {
    const end = new AbortController();
    const onStop = () => end.abort();
    const timer = setTimeout(onStop, this.#seconds * 1000);
    this.#stop.signal.addEventListener('abort', onStop);
    if (this.#stop.signal.aborted) end.abort();
    try {
      return await this.#until(end.signal, plan, statement);
    } finally {
      clearTimeout(timer);
      this.#stop.signal.removeEventListener('abort', onStop);
    }
  }

  async #until(
    end: AbortSignal,
    plan: object,
    { text, table, tell = () => {} }: Statement,
  ): Promise<number | undefined> {
    const operation_id = randomUUID();
    let observed: number | undefined;
    let last: string | undefined;
    let isAttaching = false;
    let tries = 0;
    for (;;) {
      if (end.aborted) {
        if (isAttaching) await this.#interrupt(operation_id); // the pause before was broken off
        throw this.#ended(table);
      }
      const stream = isAttaching
        ? this.#server.stream('ReattachExecute', {
            ...this.#base(),
            operation_id,
            last_response_id: last,
          })
        : this.#server.stream('ExecutePlan', {
            ...this.#base(),
            ...{
              operation_id,
              plan,
              request_options: [{ reattach_options: { reattachable: true } }],
            },
          });
      const onEnd = () => void this.#interrupt(operation_id).finally(() => stream.cancel());
      end.addEventListener('abort', onEnd, { once: true });
      try {
        for await (const answer of stream as AsyncIterable<Message>) {
          isAttaching = true;
          tries = 0;
          this.#observe(answer);
          last = (answer.response_id as string | undefined) || last;
          tellTasks(answer, tell);
          const [metrics] = (answer.observed_metrics ?? []) as { values?: { long?: number }[] }[];
          if (metrics !== undefined) observed = metrics.values?.[0]?.long ?? 0;
          if (answer.result_complete === undefined) continue;
          this.#server
            .call('ReleaseExecute', { ...this.#base(), operation_id, release_all: {} }, GOODBYE_MS)
            .catch(() => {});
          return observed;
        }
        isAttaching = true; // the server ends a stream after two minutes, and the statement goes on
      } catch (error) {
        if (end.aborted) throw this.#ended(table);
        if (!isServiceError(error)) throw error;
        // the request may not have reached the server: it is sent again only when the server knows
        // nothing of it
        const isUnknown =
          /OPERATION_NOT_FOUND/.test(error.details) ||
          (this.#observed === undefined && /SESSION_NOT_FOUND/.test(error.details));
        if (isAttaching && last === undefined && isUnknown && tries <= TRIES.unanswered) {
          isAttaching = false;
          continue;
        }
        tries += 1;
        if (!isPassing(error) || tries > (last === undefined ? TRIES.unanswered : TRIES.started)) {
          throw await this.#failure(error, text);
        }
        isAttaching = true;
        await pause(Math.min(PAUSE_MS * 4 ** tries, 10_000), undefined, {
          signal: end,
        }).catch(() => {});
      } finally {
        end.removeEventListener('abort', onEnd);
      }
    }
  }

  async #call(name: string, request: object, text = name): Promise<Message> {
    for (let tries = 1; ; tries++) {
      if (this.#stop.signal.aborted) throw stopped();
      try {
        const answer = await this.#server.call(name, { ...this.#base(), ...request });
        this.#observe(answer);
        return answer;
      } catch (error) {
        if (!isServiceError(error)) throw error;
        if (!isPassing(error) || tries > TRIES.unanswered) throw await this.#failure(error, text);
        await pause(Math.min(PAUSE_MS * 4 ** tries, 10_000), undefined, {
          signal: this.#stop.signal,
        }).catch(() => {});
      }
    }
  }

  /** Why a statement was interrupted. */
  #ended(table: string | undefined): Error {
    if (this.#stop.signal.aborted) return stopped();
    const of = table === undefined ? '' : ` of ${table}`;
    return new StoreError(
      `Expected Spark at ${this.#server.target} to need at most ${this.#seconds} s for a ` +
        `statement${of}, found that it needs longer, and interrupted it. Nothing was published. ` +
        'See whether the cluster has free executors; if it is only slow, raise limits.seconds',
    );
  }

  async #interrupt(operation_id: string): Promise<void> {
    const request = { ...this.#base(), interrupt_type: 3, operation_id };
    // it ends with its session
    await this.#server.call('Interrupt', request, INTERRUPT_MS).catch(() => {});
  }

  #base(): object {
    const known =
      this.#observed === undefined
        ? {}
        : { client_observed_server_side_session_id: this.#observed };
    return { session_id: this.#id, user_context: this.#user, client_type: 'dayfold', ...known };
  }

  #observe(answer: Message): void {
    this.#observed = (answer.server_side_session_id as string | undefined) || this.#observed;
  }

  async #failure(error: ServiceError, text: string): Promise<Error> {
    const of = { target: this.#server.target, text };
    return failureOf(error, of, (errorId) => this.#fullMessage(errorId));
  }

  /** The whole message of an error; the trailer of the call holds its first 2 KB. */
  async #fullMessage(errorId: string): Promise<string | undefined> {
    try {
      const request = { ...this.#base(), error_id: errorId };
      const answer = await this.#server.call('FetchErrorDetails', request, GOODBYE_MS);
      const { errors = [], root_error_idx = 0 } = answer as {
        errors?: { message: string }[];
        root_error_idx?: number;
      };
      return errors[root_error_idx]?.message;
    } catch {
      return undefined; // what the call itself said is enough
    }
  }
}

/** Stages begin one after the other, so that more tasks may be known later. */
function tellTasks({ execution_progress }: Message, tell: TellTasks): void {
  const { stages = [] } = (execution_progress ?? {}) as {
    stages?: { num_tasks?: number; num_completed_tasks?: number }[]; // a 0 is not sent
  };
  if (stages.length === 0) return;
  const sum = (numbers: (number | undefined)[]) =>
    numbers.reduce<number>((total, each = 0) => total + each, 0);
  tell(
    sum(stages.map((stage) => stage.num_completed_tasks)),
    sum(stages.map((stage) => stage.num_tasks)),
  );
}

function stopped(): Stopped {
  return new Stopped('Stopped on request, in the middle of a statement');
}
