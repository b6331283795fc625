import { Argument, Option } from 'commander';
import { AS_JSON, CONFIG, PUBLISHED_DATE, type Section } from './command_line.js';

const RELEASE = new Argument('<release>', 'its number, or latest');

export const PUBLISHED: Section = {
  title: 'What is published',
  commands: [
    {
      name: 'report',
      does: 'show where the page of a date is, open it, or print it as text',
      options: [
        ...[CONFIG, PUBLISHED_DATE],
        new Option('--open', 'open it in a browser'),
        new Option('--text', 'print its numbers and answers'),
      ],
      examples: [
        'run-job report --config my.yaml --open',
        'run-job report --config my.yaml --date 2026-11-20 --text',
      ],
      load: async () => (await import('../commands/report.js')).report,
    },
    {
      name: 'status',
      does: 'show what is published, how fresh it is, what is stale, and the latest runs',
      options: [CONFIG, AS_JSON],
      examples: ['run-job status --config my.yaml'],
      load: async () => (await import('../commands/status.js')).status,
    },
    {
      name: 'diff',
      does: 'show the partitions and rows that were added, removed or changed between two releases',
      takes: [RELEASE, RELEASE],
      options: [
        CONFIG,
        new Option(
          '-t, --table <table>',
          'only this table, such as clean/sessions, and each of its partitions',
        ),
        AS_JSON,
      ],
      examples: [
        'run-job diff latest 41 --config my.yaml',
        'run-job diff 40 41 --config my.yaml --table clean/sessions',
      ],
      load: async () => (await import('../commands/diff.js')).diff,
    },
    {
      name: 'explain',
      does:
        'trace a number back to the exports it was made from, and to the lines of its source ' +
        'rows',
      takes: [
        new Argument('<table>', 'a table or report, such as daily/user_day or top_features'),
        new Argument('<date>', 'the date of its partition; all for a table without dates'),
      ],
      options: [
        CONFIG,
        new Option(
          '-k, --key <column=value>',
          'show the source rows with this value, by export and line',
        ),
        AS_JSON,
      ],
      examples: [
        'run-job explain top_features 2026-11-20 --config my.yaml',
        'run-job explain daily/user_day 2026-11-20 --config my.yaml --key user_id=7',
      ],
      load: async () => (await import('../commands/explain.js')).explain,
    },
  ],
};
