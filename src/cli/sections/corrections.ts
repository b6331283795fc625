import { Argument, Option } from 'commander';
import { AS_JSON, CONFIG, type Family, FORCE, OUTCOME, type Section } from './command_line.js';

const RULE = new Option('-r, --rule <rule>', 'only those that broke this rule');
const EXPORT = new Argument('<export>', 'its key, as run-job quarantine list shows it');

const QUARANTINE: Family = {
  name: 'quarantine',
  does: 'list refused records, read them again, or give them up',
  commands: [
    {
      name: 'list',
      does: 'count refused records by table and rule; with --json also by export',
      options: [CONFIG, new Option('-t, --table <table>', 'only this table'), AS_JSON],
      load: async () => (await import('../commands/quarantine.js')).list,
    },
    {
      name: 'show',
      does: 'show the refused records of an export: line, rule, value and text',
      takes: [EXPORT],
      options: [
        ...[CONFIG, RULE],
        new Option('-n, --limit <number>', 'at most this many').default('20'),
        AS_JSON,
      ],
      load: async () => (await import('../commands/quarantine.js')).show,
    },
    {
      name: 'replay',
      does:
        'read refused records again by the current rules, even if their export no longer ' +
        'exists, and publish a release',
      options: [CONFIG, FORCE, OUTCOME],
      load: async () => (await import('../commands/quarantine.js')).replay,
    },
    {
      name: 'discard',
      does:
        'give up refused records: they stay refused, whatever the rules become; publishes a ' +
        'release',
      takes: [EXPORT],
      options: [
        new Option(
          '--reason <text>',
          'why, for people who ask later; the release keeps it',
        ).makeOptionMandatory(),
        CONFIG,
        new Option('-l, --line <number...>', 'only those that begin on these lines'),
        ...[RULE, OUTCOME],
      ],
      load: async () => (await import('../commands/quarantine.js')).discard,
    },
  ],
};

export const CORRECTIONS: Section = {
  title: 'Corrections',
  commands: [
    {
      name: 'forget',
      does: 'publish a release without the rows of exports that no longer exist',
      takes: [new Argument('<export...>', 'keys of exports, as run-job status shows them')],
      options: [CONFIG, OUTCOME],
      examples: ['run-job forget sessions/sessions_2026-11-20.csv --config my.yaml'],
      load: async () => (await import('../commands/forget.js')).forget,
    },
    {
      name: 'erase',
      does: 'erase a person from every table, report and release; or list who was erased',
      options: [
        new Option('-u, --user <id>', 'the id of the person'),
        new Option('--reason <text>', 'the reason, which --list shows'),
        new Option(
          '--list',
          'list who was erased, as hashes, and the exports that still hold records of them',
        ),
        new Option(
          '--lift <id>',
          'undo an erasure: the rows of the person come back from the exports that still hold them',
        ),
        ...[CONFIG, OUTCOME],
      ],
      examples: [
        'run-job erase --config my.yaml --user 7 --reason "request of 2026-11-20"',
        'run-job erase --config my.yaml --list',
      ],
      load: async () => (await import('../commands/erase.js')).erase,
    },
    {
      name: 'rollback',
      does: 'make an earlier release live again, as a new release; builds nothing',
      takes: [new Argument('<release>', 'its number')],
      options: [CONFIG, OUTCOME],
      examples: ['run-job rollback 41 --config my.yaml'],
      load: async () => (await import('../commands/rollback.js')).rollback,
    },
    {
      name: 'unpublish',
      does: 'withdraw the reports of an as-of date; reads no new exports',
      takes: [new Argument('<date>', 'the as-of date, YYYY-MM-DD')],
      options: [CONFIG, OUTCOME],
      examples: ['run-job unpublish 2026-11-20 --config my.yaml'],
      load: async () => (await import('../commands/unpublish.js')).unpublish,
    },
    QUARANTINE,
  ],
};
