import { Option } from 'commander';
import { CONFIG, FORCE, OUTCOME, type Section } from './command_line.js';

const AS_OF = new Option(
  '-d, --date <YYYY-MM-DD>',
  'as-of date (default: yesterday in the business time zone)',
);
const FROM = new Option('--from <YYYY-MM-DD>', 'first of several as-of dates');
const TO = new Option('--to <YYYY-MM-DD>', 'last of several as-of dates');

export const NIGHTS: Section = {
  title: 'Nights',
  commands: [
    {
      name: 'nightly',
      does: 'build what new exports change, and publish it; of several dates, ten at a time',
      options: [
        ...[CONFIG, AS_OF, FROM, TO],
        new Option('--wait', 'when another run is at work, wait until it has ended'),
        new Option(
          '--takeover',
          'when another run is at work, start anyway: only one of the two can publish',
        ),
        ...[FORCE, OUTCOME],
      ],
      examples: [
        'run-job nightly --config my.yaml',
        'run-job nightly --config my.yaml --from 2026-11-01 --to 2026-11-20 --wait',
        'run-job nightly --config my.yaml --json > outcome.json',
      ],
      load: async () => (await import('../commands/nightly.js')).nightly,
    },
    {
      name: 'schedule',
      does:
        'run every night on a cron schedule, make up for missed nights, and serve status and ' +
        'metrics over HTTP',
      options: [CONFIG],
      examples: ['run-job schedule --config my.yaml', 'curl http://127.0.0.1:9464/status'],
      load: async () => (await import('../commands/schedule.js')).schedule,
    },
    {
      name: 'plan',
      does: 'show what a night would build, why, and how much it would read; changes nothing',
      options: [
        ...[CONFIG, AS_OF, FROM, TO],
        new Option('--force', 'allow dates in the future, and before "earliest"'),
        new Option('--json', 'print JSON, partition by partition'),
      ],
      examples: [
        'run-job plan --config my.yaml',
        'run-job plan --config my.yaml --date 2026-11-20 --json',
      ],
      load: async () => (await import('../commands/plan.js')).plan,
    },
  ],
};
