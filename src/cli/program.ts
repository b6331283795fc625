import { Command, CommanderError } from 'commander';
import { DayfoldError, EXIT, exitCodeOf, limitReached } from '../errors.js';
import type { PrintedOutcome } from '../night/outcome.js';
import { VERSION } from './itself.js';
import { setLoudness } from './loudness.js';
import type { CommandLine, Family } from './sections/command_line.js';
import { CORRECTIONS } from './sections/corrections.js';
import { NIGHTS } from './sections/nights.js';
import { PUBLISHED } from './sections/published.js';
import { SET_UP } from './sections/set_up.js';
import { UPKEEP } from './sections/upkeep.js';

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

/** On stdout, for the program that reads the JSON of a command. */
function printFailure(thrown: unknown): void {
  const error = limitReached(thrown) ?? thrown;
  if (!(error instanceof DayfoldError)) return;
  const failed: PrintedOutcome = { exit_code: exitCodeOf(error), error: error.message };
  process.stdout.write(`${JSON.stringify(failed, null, 2)}\n`);
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
  for (const { title, commands } of [NIGHTS, PUBLISHED, CORRECTIONS, UPKEEP, SET_UP]) {
    root.commandsGroup(`${title}:`);
    for (const each of commands) add(root, each);
  }
  return root.helpCommand('help [command]', 'show the help of a command');
}

/** Adds a command, with the settings of the one that it is added to. */
function add(parent: Command, each: CommandLine | Family): void {
  const command = parent.command(each.name).description(each.does);
  if ('commands' in each) {
    for (const one of each.commands) add(command, one);
    return;
  }
  const { takes = [], options = [], examples = [], load } = each;
  for (const argument of takes) command.addArgument(argument);
  for (const option of options) command.addOption(option);
  const lines = ['', 'Examples:', ...examples.map((line) => `  ${line}`)];
  if (examples.length > 0) command.addHelpText('after', lines.join('\n'));
  command.action(async (...given) => {
    try {
      await (await load())(...(given as never[]));
    } catch (thrown) {
      if (command.opts().json === true) printFailure(thrown);
      throw thrown;
    }
  });
}
