import * as fs from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { prepareModels, settingsStatements } from '../../src/build/models.js';
import { jobFolders, loadSources } from '../../src/config/contracts.js';
import { openDuckdb } from '../../src/engine/duckdb/open.js';
import { identifier } from '../../src/engine/engine.js';
import { shellSetup } from '../../src/inspect/shell.js';
import { loadModels } from '../../src/model/load.js';
import { filesOf } from '../../src/release/partition.js';
import { writeSample } from '../../src/sample/write.js';
import { useDeployments } from '../night/nights.js';

const { deploy } = useDeployments('all');

test.each(['date', 'month'])(
  'after the set-up every model runs as it is in a shell, and gives what the worker published in files of a %s',
  async (span) => {
    const deployment = await deploy(
      `tables: { feature_usage: { files: "feature_usage/feature_usage_{date}.jsonl.gz", format: jsonl } }
parquet: { partition_by: ${span} }`,
    );
    const { config, folder, output } = deployment;
    await writeSample(path.join(folder, 'sample'), { days: 8, users: 150 });
    await fs.rename(path.join(folder, 'sample/exports'), path.join(folder, 'exports'));
    await deployment.night('2026-09-29');
    const release = await deployment.release();

    const sources = await loadSources(config);
    const engine = await openDuckdb({
      threads: 1,
      memoryLimit: '256MB',
      scratch: folder,
      readable: [],
    });
    const models = await prepareModels(
      { engine, jobs: engine },
      config,
      sources,
      await loadModels(jobFolders(config)),
    );
    engine.close();
    const settings = settingsStatements(config.settings, config.time_zone, '2026-09-29');

    const shell = await (await DuckDBInstance.create()).connect();
    await shell.run(shellSetup(output, release, { sources, models }, settings));
    const sum = async (relation: string, columns: string) => {
      const reader = await shell.runAndReadAll(
        `select count(*)::int as rows, sum(hash(${columns})::hugeint)::varchar as hashes from ${relation}`,
      );
      return reader.getRowObjects()[0];
    };
    for (const { model, table, columns } of models) {
      const objects = release.of(table).flatMap((partition) => partition.objects);
      const files = filesOf(objects).map(({ key }) => `'${output.locate(key)}'`);
      const names = [...columns.keys()].map(identifier).join(', ');
      const none = `(select ${[...columns].map(([name, type]) => `NULL::${type} as ${identifier(name)}`).join(', ')} where false)`;
      const published = await sum(
        files.length === 0 ? none : `read_parquet([${files.join(', ')}])`,
        names,
      );
      // weeks and months that are not over are not published
      const column = { weekly: 'week_date', monthly: 'month_date' }[String(model.layer)];
      const periods = release.of(table).map(({ name }) => `DATE '${name}'`);
      const over =
        column === undefined ? '' : `where ${column} in (${periods.join(', ') || 'NULL'})`;
      expect({ table, ...(await sum(`(${model.sql}) ${over}`, names)) }).toEqual({
        table,
        ...published,
      });
    }
  },
);
