import { Argument, Option } from 'commander';
import { AS_JSON, CONFIG, PUBLISHED_DATE, type Section } from './command_line.js';

export const SET_UP: Section = {
  title: 'To set up, and for other programs',
  commands: [
    {
      name: 'init',
      does: 'write dayfold.yaml for a folder of exports, and say how sure each choice is',
      takes: [new Argument('[exports]', 'a folder, or s3://bucket/prefix').default('./exports')],
      examples: ['run-job init ./exports && run-job check'],
      load: async () => (await import('../commands/init.js')).init,
    },
    {
      name: 'check',
      does:
        'check the configuration, stores, contracts, models and one export of each table; ' +
        'changes nothing',
      options: [CONFIG],
      examples: ['run-job check --config my.yaml'],
      load: async () => (await import('../commands/check.js')).check,
    },
    {
      name: 'config',
      does: 'show the settings in effect and where each comes from; hides secrets',
      options: [CONFIG, AS_JSON],
      examples: ['run-job config --config my.yaml', 'run-job config --config my.yaml --json'],
      load: async () => (await import('../commands/config.js')).config,
    },
    {
      name: 'sql',
      does:
        'print SQL that runs the models in a DuckDB shell, or registers the tables in another ' +
        'program',
      options: [
        ...[CONFIG, PUBLISHED_DATE],
        new Option(
          '--for <program>',
          'tell athena, trino, spark or duckdb of all tables, as Delta tables',
        ),
      ],
      examples: [
        'run-job sql --config my.yaml > setup.sql && duckdb -init setup.sql < ' +
          'jobs/report/top_features.sql',
        'run-job sql --config my.yaml --for athena',
      ],
      load: async () => (await import('../commands/sql.js')).sql,
    },
    {
      name: 'dictionary',
      does: 'describe every table and column, with types and units',
      options: [
        CONFIG,
        new Option('-f, --format <format>', 'markdown, json or dbt (a sources.yml)').default(
          'markdown',
        ),
      ],
      examples: ['run-job dictionary --config my.yaml --format dbt > models/sources.yml'],
      load: async () => (await import('../commands/dictionary.js')).dictionary,
    },
    {
      name: 'sample',
      does: 'write sixty days of messy sample exports, with a configuration',
      takes: [new Argument('<folder>', 'where to')],
      examples: [
        'run-job sample sample && run-job nightly --config sample/dayfold.yaml --date 2026-11-20',
      ],
      load: async () => (await import('../commands/sample.js')).sample,
    },
    {
      name: 'completion',
      does: 'print a completion script for a shell',
      takes: [new Argument('<shell>', 'bash, zsh or fish')],
      examples: ['run-job completion bash > ~/.local/share/bash-completion/completions/run-job'],
      load: async () => (await import('../commands/completion.js')).completion,
    },
  ],
};
