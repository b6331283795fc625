import { Argument, Option } from 'commander';
import { AS_JSON, CONFIG, type Section } from './command_line.js';

export const UPKEEP: Section = {
  title: 'Upkeep of the output',
  commands: [
    {
      name: 'gc',
      does: 'remove what no kept release needs (see "retention" in the configuration)',
      options: [
        CONFIG,
        new Option('-n, --dry-run', 'show what would be removed, and remove nothing'),
        AS_JSON,
      ],
      examples: ['run-job gc --config my.yaml --dry-run'],
      load: async () => (await import('../commands/gc.js')).gc,
    },
    {
      name: 'repair',
      does: 'find missing and changed objects in the output, and build them again from the exports',
      options: [
        CONFIG,
        new Option('-n, --dry-run', 'show what is damaged, and change nothing'),
        new Option(
          '--accept-loss',
          'give up the rows of damaged objects whose exports no longer exist',
        ),
      ],
      examples: ['run-job repair --config my.yaml --dry-run'],
      load: async () => (await import('../commands/repair.js')).repair,
    },
    {
      name: 'mirror',
      does: 'manage the copy of the live release under latest/',
      commands: [
        {
          name: 'repair',
          does: 'copy everything again',
          options: [CONFIG],
          load: async () => (await import('../commands/mirror.js')).repair,
        },
        {
          name: 'verify',
          does: 'compare names and sizes with the release',
          options: [
            CONFIG,
            new Option('--content', 'read every file of it and compare its bytes too'),
          ],
          load: async () => (await import('../commands/mirror.js')).verify,
        },
      ],
    },
    {
      name: 'delta',
      does: 'manage the Delta Lake logs of the tables',
      commands: [
        {
          name: 'versions',
          does: 'show which version of each table belongs to a release',
          takes: [new Argument('[release]', 'its number, or latest').default('latest')],
          options: [CONFIG, AS_JSON],
          examples: ['run-job delta versions 41 --config my.yaml'],
          load: async () => (await import('../commands/delta.js')).versions,
        },
        {
          name: 'rebuild',
          does: 'write all logs again, from the releases that are kept',
          options: [CONFIG],
          load: async () => (await import('../commands/delta.js')).rebuild,
        },
      ],
    },
  ],
};
