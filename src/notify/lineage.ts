import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../clock.js';
import type { Config } from '../config/config.js';
import type { Source } from '../config/contracts.js';
import { loadJobs } from '../config/jobs.js';
import { ConfigError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Outcome } from '../night/run.js';
import { openStore } from '../store/open.js';
import { post } from './deliver.js';

/** Run events of OpenLineage (https://openlineage.io/spec), one when a run begins and one when it ends. */
export interface Lineage {
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

/** Sends the events of one run to where the configuration says; nowhere, where it says nothing. */
export function openLineage(config: Config, clock: Clock, runId: string): Lineage {
  const { lineage } = config;
  const job = {
    namespace: lineage.namespace,
    name: 'nightly',
    facets: facet('jobType', { processingType: 'BATCH', integration: 'DAYFOLD', jobType: 'JOB' }),
  };
  const send = async (eventType: string, about: object = {}, runFacets: object = {}) => {
    const run = { runId, facets: runFacets };
    const eventTime = clock().toISOString();
    await deliver(config, { eventType, eventTime, producer: PRODUCER, schemaURL: RUN_EVENT, run, job, ...about });
  };
  const isAnywhere = lineage.url !== null || lineage.file !== null;
  return {
    started: async () => (isAnywhere ? send('START') : undefined),
    completed: async (outcome) => (isAnywhere ? send('COMPLETE', await datasetsOf(config, outcome)) : undefined),
    failed: async (message) =>
      isAnywhere ? send('FAIL', {}, facet('errorMessage', { message, programmingLanguage: 'JavaScript' })) : undefined,
  };
}

async function deliver({ lineage, base }: Config, event: object): Promise<void> {
  if (lineage.file !== null) {
    const file = path.resolve(base, lineage.file);
    await appendFile(file, `${JSON.stringify(event)}\n`).catch((cause: Error) => {
      throw new ConfigError(`${file}: lineage.file cannot be written: ${cause.message}`, { cause });
    });
  }
  if (lineage.url !== null) await post(lineage.url, event);
}

/** What a run read, with what the checks say of it, and the tables that it wrote. */
async function datasetsOf(config: Config, outcome: Outcome): Promise<{ inputs: object[]; outputs: object[] }> {
  const { sources, models } = await loadJobs(config);
  const exports = await openStore(config.exports, config.base);
  const output = await openStore(config.output, config.base);
  const rows = new Map<string, number>();
  for (const { table, rows: written } of outcome.built) rows.set(table, (rows.get(table) ?? 0) + written);
  const inputs = sources.map((source) => ({
    namespace: exports.url,
    name: source.files,
    facets: facet('schema', {
      fields: source.columns.map(({ name, type, description }) => ({ name, type, description })),
    }),
    inputFacets: facet('dataQualityAssertions', { assertions: assertionsOf(source, models, outcome) }),
  }));
  const outputs = models.flatMap((model) => {
    const table = `${model.layer}/${model.name}`;
    const written = rows.get(table);
    if (written === undefined) return [];
    const fields = model.columns.map(({ name, type, description }) => ({ name, type, description }));
    return {
      namespace: output.url,
      name: `latest/${model.layer === 'report' ? 'reports' : model.layer}/${model.name}`,
      facets: facet('schema', { fields }),
      outputFacets: facet('outputStatistics', { rowCount: written }),
    };
  });
  return { inputs, outputs };
}

/** What the checks say of a table: a model's check of all that it reads, any other of the table that it names. */
function assertionsOf({ table }: Source, models: readonly Model[], { checks }: Outcome): object[] {
  return checks.flatMap(({ check, severity: grave, found }) => {
    const severity = grave === 'fail' ? 'error' : 'warn';
    const model = models.find((each) => each.layer === 'checks' && each.rules === undefined && each.name === check);
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
