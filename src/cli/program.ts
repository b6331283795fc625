import { Command, CommanderError } from 'commander';
import { DayfoldError, EXIT, exitCodeOf, limitReached } from '../errors.js';
import { setLoudness } from './loudness.js';
import { VERSION } from './version.js';

/** Runs one command line and returns the exit code. The only place where errors become messages. */
export async function execute(args: readonly string[]): Promise<number> {
  try {
    // alone, it says what there is
    await program().parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return EXIT.done;
  } catch (thrown) {
    const error = limitReached(thrown) ?? thrown;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.config;
    if (error instanceof DayfoldError) {
      process.stderr.write(`${error.message}\n`);
      return exitCodeOf(error);
    }
    process.stderr.write(
      `This is a defect of dayfold ${VERSION}; please report ` +
        `it:\n${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return EXIT.defect;
  }
}

const CONFIG_HELP = 'configuration (default: dayfold.yaml in the current folder)';

/** Command lines below the help of a command. */
function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}

function program(): Command {
  const root = new Command('run-job')
    .description(
      "Turns a product's daily exports into clean Parquet, rolling 30- and 60-day tables and " +
        'reports.',
    )
    .version(VERSION)
    .option('-q, --quiet', 'show no progress and no summary; log errors only')
    .option('-v, --verbose', 'log everything, in place of progress')
    .hook('preAction', (command) => setLoudness(command.opts()))
    .exitOverride()
    .showHelpAfterError('run-job --help lists the commands.')
    .addHelpText(
      'after',
      `
Examples:
  run-job nightly --config my.yaml                      the as-of date is yesterday
  run-job nightly --config my.yaml --date 2026-11-20
  run-job nightly --config my.yaml --from 2026-11-01 --to 2026-11-20
  run-job check --config my.yaml                        looks at everything, changes nothing
  run-job schedule --config my.yaml                     a worker that runs every night

Exit codes:
  0    done, also when nothing was new
  1    a defect
  2    wrong use, or a mistake in the configuration
  3    exports are late
  4    the data cannot be published
  5    a store or the disk failed
  6    another run was at work, or published first
  7    unknown whether the release was published
  143  stopped
docs/operations.md says what to do about each.`,
    );
  root
    .command('nightly')
    .description('build what new exports change, and publish it as one release')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-d, --date <YYYY-MM-DD>', 'as-of date (default: yesterday in the business time zone)')
    .option('--from <YYYY-MM-DD>', 'first of several as-of dates')
    .option('--to <YYYY-MM-DD>', 'last of several as-of dates')
    .option('--wait', 'when another run is at work, wait until it has ended')
    .option(
      '--takeover',
      'when another run is at work, start anyway: only one of the two can publish',
    )
    .option(
      '--force',
      'publish even what looks like a mistake: a date in the future, a third of the dates expiring',
    )
    .option('--json', 'print the outcome as JSON on stdout')
    .addHelpText(
      'after',
      examples(
        'run-job nightly --config my.yaml',
        'run-job nightly --config my.yaml --from 2026-11-01 --to 2026-11-20 --wait',
        'run-job nightly --config my.yaml --json > outcome.json',
      ),
    )
    .action(async (options) => (await import('./nightly.js')).nightly(options));
  root
    .command('schedule')
    .description(
      'run every night on a cron schedule, make up for missed nights, and serve status and ' +
        'metrics over HTTP',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .addHelpText(
      'after',
      examples('run-job schedule --config my.yaml', 'curl http://127.0.0.1:9464/status'),
    )
    .action(async (options) => (await import('./schedule.js')).schedule(options));
  root
    .command('plan')
    .description('show what a night would build, why, and how much it would read; changes nothing')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-d, --date <YYYY-MM-DD>', 'as-of date (default: yesterday in the business time zone)')
    .option('--from <YYYY-MM-DD>', 'first of several as-of dates')
    .option('--to <YYYY-MM-DD>', 'last of several as-of dates')
    .option('--force', 'allow dates in the future')
    .option('--json', 'print JSON, partition by partition')
    .addHelpText(
      'after',
      examples(
        'run-job plan --config my.yaml',
        'run-job plan --config my.yaml --date 2026-11-20 --json',
      ),
    )
    .action(async (options) => (await import('./plan.js')).plan(options));
  root
    .command('report')
    .description('show where the page of a date is, open it, or print it as text')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-d, --date <YYYY-MM-DD>', 'as-of date (default: the newest published)')
    .option('--open', 'open it in a browser')
    .option('--text', 'print its numbers and answers')
    .addHelpText(
      'after',
      examples(
        'run-job report --config my.yaml --open',
        'run-job report --config my.yaml --date 2026-11-20 --text',
      ),
    )
    .action(async (options) => (await import('./report.js')).report(options));
  root
    .command('status')
    .description('show what is published, how fresh it is, what is stale, and the latest runs')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('run-job status --config my.yaml'))
    .action(async (options) => (await import('./status.js')).status(options));
  root
    .command('diff')
    .description(
      'show the partitions and rows that were added, removed or changed between two releases',
    )
    .argument('<release>', 'its number, or latest')
    .argument('<release>', 'its number, or latest')
    .option('-c, --config <file>', CONFIG_HELP)
    .option(
      '-t, --table <table>',
      'only this table, such as clean/sessions, and each of its partitions',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'run-job diff latest 41 --config my.yaml',
        'run-job diff 40 41 --config my.yaml --table clean/sessions',
      ),
    )
    .action(async (one, other, options) => (await import('./diff.js')).diff(one, other, options));
  root
    .command('explain')
    .description(
      'trace a number back to the exports it was made from, and to the lines of its source rows',
    )
    .argument('<table>', 'a table or report, such as daily/user_day or top_features')
    .argument('<date>', 'the date of its partition; all for a table without dates')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-k, --key <column=value>', 'show the source rows with this value, by export and line')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples(
        'run-job explain top_features 2026-11-20 --config my.yaml',
        'run-job explain daily/user_day 2026-11-20 --config my.yaml --key user_id=7',
      ),
    )
    .action(async (table, date, options) =>
      (await import('./explain.js')).explain(table, date, options),
    );
  root
    .command('forget')
    .description('publish a release without the rows of exports that no longer exist')
    .argument('<export...>', 'keys of exports, as run-job status shows them')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print the outcome as JSON on stdout')
    .addHelpText(
      'after',
      examples('run-job forget sessions/sessions_2026-11-20.csv --config my.yaml'),
    )
    .action(async (exports, options) => (await import('./forget.js')).forget(exports, options));
  root
    .command('erase')
    .description('erase a person from every table, report and release; or list who was erased')
    .option('-u, --user <id>', 'the id of the person')
    .option('--reason <text>', 'the reason, which --list shows')
    .option(
      '--list',
      'list who was erased, as hashes, and the exports that still hold records of them',
    )
    .option(
      '--lift <id>',
      'undo an erasure: the rows of the person come back from the exports that still hold them',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print the outcome as JSON on stdout')
    .addHelpText(
      'after',
      examples(
        'run-job erase --config my.yaml --user 7 --reason "request of 2026-11-20"',
        'run-job erase --config my.yaml --list',
      ),
    )
    .action(async (options) => (await import('./erase.js')).erase(options));
  root
    .command('rollback')
    .description('make an earlier release live again, as a new release; builds nothing')
    .argument('<release>', 'its number')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print the outcome as JSON on stdout')
    .addHelpText('after', examples('run-job rollback 41 --config my.yaml'))
    .action(async (release, options) => (await import('./rollback.js')).rollback(release, options));
  root
    .command('unpublish')
    .description('withdraw the reports of an as-of date; reads no new exports')
    .argument('<date>', 'the as-of date, YYYY-MM-DD')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print the outcome as JSON on stdout')
    .addHelpText('after', examples('run-job unpublish 2026-11-20 --config my.yaml'))
    .action(async (date, options) => (await import('./unpublish.js')).unpublish(date, options));
  addQuarantine(
    root
      .command('quarantine')
      .description('list refused records, read them again, or give them up'),
  );
  root
    .command('gc')
    .description('remove what no kept release needs (see "retention" in the configuration)')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-n, --dry-run', 'show what would be removed, and remove nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', examples('run-job gc --config my.yaml --dry-run'))
    .action(async (options) => (await import('./gc.js')).gc(options));
  root
    .command('repair')
    .description(
      'find missing and changed objects in the output, and build them again from the exports',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-n, --dry-run', 'show what is damaged, and change nothing')
    .option('--accept-loss', 'give up the rows of damaged objects whose exports no longer exist')
    .addHelpText('after', examples('run-job repair --config my.yaml --dry-run'))
    .action(async (options) => (await import('./repair.js')).repair(options));
  root
    .command('check')
    .description(
      'check the configuration, stores, contracts, models and one export of each table; ' +
        'changes nothing',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .addHelpText('after', examples('run-job check --config my.yaml'))
    .action(async (options) => (await import('./check.js')).check(options));
  root
    .command('config')
    .description('show the settings in effect and where each comes from; hides secrets')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      examples('run-job config --config my.yaml', 'run-job config --config my.yaml --json'),
    )
    .action(async (options) => (await import('./config.js')).config(options));
  root
    .command('sql')
    .description(
      'print SQL that runs the models in a DuckDB shell, or registers the tables in another ' +
        'program',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-d, --date <YYYY-MM-DD>', 'as-of date (default: the newest published)')
    .option('--for <program>', 'tell athena, trino, spark or duckdb of all tables, as Delta tables')
    .addHelpText(
      'after',
      examples(
        'run-job sql --config my.yaml > setup.sql && duckdb -init setup.sql < ' +
          'jobs/report/top_features.sql',
        'run-job sql --config my.yaml --for athena',
      ),
    )
    .action(async (options) => (await import('./sql.js')).sql(options));
  root
    .command('dictionary')
    .description('describe every table and column, with types and units')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-f, --format <format>', 'markdown, json or dbt (a sources.yml)', 'markdown')
    .addHelpText(
      'after',
      examples('run-job dictionary --config my.yaml --format dbt > models/sources.yml'),
    )
    .action(async (options) => (await import('./dictionary.js')).dictionary(options));
  const mirror = root
    .command('mirror')
    .description('manage the copy of the live release under latest/');
  mirror
    .command('repair')
    .description('copy everything again')
    .option('-c, --config <file>', CONFIG_HELP)
    .action(async (options) => (await import('./mirror.js')).repair(options));
  mirror
    .command('verify')
    .description('compare names and sizes with the release')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--content', 'read every file of it and compare its bytes too')
    .action(async (options) => (await import('./mirror.js')).verify(options));
  const delta = root.command('delta').description('manage the Delta Lake logs of the tables');
  delta
    .command('versions')
    .description('show which version of each table belongs to a release')
    .argument('[release]', 'its number, or latest', 'latest')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print JSON')
    .addHelpText('after', examples('run-job delta versions 41 --config my.yaml'))
    .action(async (release, options) => (await import('./delta.js')).versions(release, options));
  delta
    .command('rebuild')
    .description('write all logs again, from the releases that are kept')
    .option('-c, --config <file>', CONFIG_HELP)
    .action(async (options) => (await import('./delta.js')).rebuild(options));
  root
    .command('init')
    .description('write dayfold.yaml for a folder of exports, and say how sure each choice is')
    .argument('[exports]', 'a folder, or s3://bucket/prefix', './exports')
    .addHelpText('after', examples('run-job init ./exports && run-job check'))
    .action(async (place) => (await import('./init.js')).init(place));
  root
    .command('sample')
    .description('write sixty days of messy sample exports, with a configuration')
    .argument('<folder>', 'where to')
    .addHelpText(
      'after',
      examples(
        'run-job sample sample && run-job nightly --config sample/dayfold.yaml --date 2026-11-20',
      ),
    )
    .action(async (folder) => (await import('./sample.js')).sample(folder));
  root
    .command('completion')
    .description('print a completion script for a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText(
      'after',
      examples('run-job completion bash > ~/.local/share/bash-completion/completions/run-job'),
    )
    .action(async (shell) => (await import('./completion.js')).completion(shell, root));
  return root;
}

function addQuarantine(quarantine: Command): void {
  quarantine
    .command('list')
    .description('count refused records by table and rule; with --json also by export')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-t, --table <table>', 'only this table')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./quarantine.js')).list(options));
  quarantine
    .command('show')
    .description('show the refused records of an export: line, rule, value and text')
    .argument('<export>', 'its key, as run-job quarantine list shows it')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-r, --rule <rule>', 'only those that broke this rule')
    .option('-n, --limit <number>', 'at most this many', '20')
    .option('--json', 'print JSON')
    .action(async (key, options) => (await import('./quarantine.js')).show(key, options));
  quarantine
    .command('replay')
    .description(
      'read refused records again by the current rules, even if their export no longer ' +
        'exists, and publish a release',
    )
    .option('-c, --config <file>', CONFIG_HELP)
    .option('--json', 'print the outcome as JSON on stdout')
    .action(async (options) => (await import('./quarantine.js')).replay(options));
  quarantine
    .command('discard')
    .description(
      'give up refused records: they stay refused, whatever the rules become; publishes a release',
    )
    .argument('<export>', 'its key, as run-job quarantine list shows it')
    .requiredOption('--reason <text>', 'why, for people who ask later; the release keeps it')
    .option('-c, --config <file>', CONFIG_HELP)
    .option('-l, --line <number...>', 'only those that begin on these lines')
    .option('-r, --rule <rule>', 'only those that broke this rule')
    .option('--json', 'print the outcome as JSON on stdout')
    .action(async (key, options) => (await import('./quarantine.js')).discard(key, options));
}
