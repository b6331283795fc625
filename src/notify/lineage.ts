import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import { loadJobs } from '../config/jobs.js';
import type { Source } from '../config/source.js';
import { ConfigError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Outcome } from '../night/outcome.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import { BegunMark, deadRuns } from './begun.js';
import { post } from './deliver.js';

/**
 * Run events of OpenLineage (https://openlineage.io/spec), one when a run begins and one when it
 * ends.
 */
export interface Lineage {
  /** ends the runs that began and were killed, so that none is under way for ever */
  endKilled(): Promise<void>;
  started(): Promise<void>;
  completed(outcome: Outcome): Promise<void>;
  failed(message: string): Promise<void>;
}

const SPEC = 'https://openlineage.io/spec';
const RUN_EVENT = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;
const PRODUCER = 'https://www.npmjs.com/package/dayfold';

/** Names and versions of the facets that are sent. */
const FACETS = {
  schema: '1-2-0/SchemaDatasetFacet',
  outputStatistics: '1-0-2/OutputStatisticsOutputDatasetFacet',
  dataQualityAssertions: '1-1-0/DataQualityAssertionsDatasetFacet',
  errorMessage: '1-0-1/ErrorMessageRunFacet',
  jobType: '2-0-4/JobTypeJobFacet',
} as const;

function facet(name: keyof typeof FACETS, content: object): object {
  const [, definition] = FACETS[name].split('/');
  const _schemaURL = `${SPEC}/facets/${FACETS[name]}.json#/$defs/${definition}`;
  return { [name]: { _producer: PRODUCER, _schemaURL, ...content } };
}

const NOWHERE: Lineage = {
  endKilled: async () => {},
  started: async () => {},
  completed: async () => {},
  failed: async () => {},
};

/**
 * Sends the events of one run to where the configuration says; nowhere, where it says nothing.
 * @param output where the mark of a run is from its first event to its last
 */
export function openLineage(
  config: Config,
  clock: Clock,
  runId: string,
  output: () => Promise<Store>,
): Lineage {
  const { lineage } = config;
  if (lineage.url === null && lineage.file === null) return NOWHERE;
  const send = async (eventType: string, { namespace, runId, facets = {}, ...about }: Sent) => {
    const job = {
      ...{ namespace, name: 'nightly' },
      facets: facet('jobType', { processingType: 'BATCH', integration: 'DAYFOLD', jobType: 'JOB' }),
    };
    const event = {
      eventType,
      eventTime: clock().toISOString(),
      producer: PRODUCER,
      schemaURL: RUN_EVENT,
    };
    await deliver(config, { ...event, run: { runId, facets }, job, ...about });
  };
  const own = { namespace: lineage.namespace, runId };
  let mark: BegunMark | undefined;
  const ended = async (sending: Promise<void>) => {
    try {
      await sending;
    } finally {
      await mark?.remove(); // the next run knows less of how this one ended
    }
  };
  return {
    endKilled: async () => {
      const store = await output();
      for (const { key, begun } of await deadRuns(store)) {
        const message =
          `the run that began at ${begun.since} in process ${begun.pid} on ${begun.host} never ` +
          'said how it ended: it was killed, or its machine stopped';
        await send('FAIL', {
          namespace: begun.namespace,
          runId: begun.run,
          facets: failure(message),
        });
        await store.remove(key);
      }
    },
    started: async () => {
      mark = await BegunMark.set(await output(), {
        run: runId,
        namespace: lineage.namespace,
        since: clock().toISOString(),
      });
      await send('START', own);
    },
    completed: async (outcome) =>
      ended(datasetsOf(config, outcome).then((sets) => send('COMPLETE', { ...own, ...sets }))),
    failed: (message) => ended(send('FAIL', { ...own, facets: failure(message) })),
  };
}

/** Of which run an event is, and what it says of it. */
interface Sent {
  readonly namespace: string;
  readonly runId: string;
  /** of the run */
  readonly facets?: object;
  readonly inputs?: readonly object[];
  readonly outputs?: readonly object[];
}

function failure(message: string): object {
  return facet('errorMessage', { message, programmingLanguage: 'JavaScript' });
}

async function deliver({ lineage, base }: Config, event: object): Promise<void> {
  if (lineage.file !== null) {
    const file = path.resolve(base, lineage.file);
    await appendFile(file, `${JSON.stringify(event)}\n`).catch((cause: Error) => {
      throw new ConfigError(
        `lineage.file: expected a file that can be written, found ${file}: ${cause.message}`,
        { cause },
      );
    });
  }
  if (lineage.url !== null) await post(lineage.url, event);
}

/** What a run read, with what the checks say of it, and the tables that it wrote. */
async function datasetsOf(
  config: Config,
  outcome: Outcome,
): Promise<{ inputs: object[]; outputs: object[] }> {
  const { sources, models } = await loadJobs(config);
  const exports = await openStore(config.exports, config.base);
  const output = await openStore(config.output, config.base);
  const rows = new Map<string, number>();
  for (const { table, rows: written } of outcome.built)
    rows.set(table, (rows.get(table) ?? 0) + written);
  const inputs = sources.map((source) => ({
    namespace: exports.url,
    name: source.files,
    facets: facet('schema', {
      fields: source.columns.map(({ name, type, description }) => ({ name, type, description })),
    }),
    inputFacets: facet('dataQualityAssertions', {
      assertions: assertionsOf(source, models, outcome),
    }),
  }));
  const outputs = models.flatMap((model) => {
    const table = `${model.layer}/${model.name}`;
    const written = rows.get(table);
    if (written === undefined) return [];
    const fields = model.columns.map(({ name, type, description }) => ({
      name,
      type,
      description,
    }));
    return {
      namespace: output.url,
      name: `latest/${model.layer === 'report' ? 'reports' : model.layer}/${model.name}`,
      facets: facet('schema', { fields }),
      outputFacets: facet('outputStatistics', { rowCount: written }),
    };
  });
  return { inputs, outputs };
}

/**
 * What the checks say of a table: a model's check of all that it reads, any other of the table that
 * it names.
 */
function assertionsOf({ table }: Source, models: readonly Model[], { checks }: Outcome): object[] {
  return checks.flatMap(({ check, severity: grave, found }) => {
    const severity = grave === 'fail' ? 'error' : 'warn';
    const model = models.find(
      (each) => each.layer === 'checks' && each.rules === undefined && each.name === check,
    );
    if (model !== undefined) {
      const isRead = model.reads.some((read) => read.schema === 'clean' && read.table === table);
      return isRead ? [{ assertion: check, success: found.length === 0, severity }] : [];
    }
    return [{ assertion: check, success: !found.some((phrase) => isOf(phrase, table)), severity }];
  });
}

/** Whether what a check found is about a table, or a column of it. */
function isOf(phrase: string, table: string): boolean {
  return phrase.startsWith(`${table}.`) || phrase.startsWith(`${table}:`);
}
