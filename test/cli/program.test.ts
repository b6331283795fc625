import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/cli/itself.js';
import { CORRECTIONS } from '../../src/cli/sections/corrections.js';
import { NIGHTS } from '../../src/cli/sections/nights.js';
import { PUBLISHED } from '../../src/cli/sections/published.js';
import { SET_UP } from '../../src/cli/sections/set_up.js';
import { UPKEEP } from '../../src/cli/sections/upkeep.js';
import { run } from './command_line.js';

const SECTIONS = [NIGHTS, PUBLISHED, CORRECTIONS, UPKEEP, SET_UP];
const COMMANDS = SECTIONS.flatMap(({ commands }) => commands);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dayfold-cli-'));
  await writeFile(path.join(folder, 'dayfold.yaml'), '');
  process.chdir(folder); // where commands find their configuration
});
const before = process.cwd();
afterEach(async () => {
  process.chdir(before);
  await rm(folder, { recursive: true, force: true });
});

describe('help', () => {
  test('names the commands on stdout, by section', async () => {
    const { code, out, err } = await run('--help');
    expect([code, err]).toEqual([0, '']);
    for (const { title, commands } of SECTIONS) {
      const [, section = ''] = out.split(`\n${title}:\n`);
      const named = section.split('\n\n')[0]?.match(/^ {2}\w+/gm);
      expect(named).toEqual(expect.arrayContaining(commands.map(({ name }) => `  ${name}`)));
    }
    expect(out).not.toContain('\nCommands:');
  });

  test.each(COMMANDS)('of $name says what it does, with examples', async (command) => {
    const { code, out, err } = await run(command.name, '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: run-job ${command.name}`);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(command.does);
    if (!('commands' in command)) expect(out).toContain(`Examples:\n  run-job ${command.name}`);
  });

  test('the version is on stdout', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${VERSION}\n`, err: '' });
  });
});

test('without a command the help is on stdout', async () => {
  expect(await run()).toEqual(await run('--help'));
});

describe('wrong use ends with 2, and a message on stderr', () => {
  test.each<[string, string[], string]>([
    ['an unknown option', ['nightly', '--quick'], "error: unknown option '--quick'"],
    ['an unknown option without a command', ['--quick'], "error: unknown option '--quick'"],
    [
      'an unknown command',
      ['nihgtly'],
      "error: unknown command 'nihgtly'\n(Did you mean nightly?)",
    ],
    ['an option spelled wrong', ['nightly', '--dat', 'x'], '(Did you mean --date?)'],
    [
      'an option without its value',
      ['nightly', '--config'],
      "error: option '-c, --config <file>' argument missing",
    ],
    ['an argument too many', ['check', 'this'], 'error: too many arguments'],
    ['an argument missing', ['sample'], "error: missing required argument 'folder'"],
    [
      'a date that is none',
      ['nightly', '--date', 'today'],
      '--date: expected a date as YYYY-MM-DD, found today',
    ],
    [
      'the same of sql',
      ['sql', '--date', 'today'],
      '--date: expected a date as YYYY-MM-DD, found today',
    ],
    ['a release missing', ['diff', 'latest'], "error: missing required argument 'release'"],
    [
      'dates that do not go together',
      ['nightly', '--to', '2026-11-20'],
      '--to: expected --from with it, found none',
    ],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toMatch(/\n\s+at /);
  });
});

describe('a configuration that cannot be used ends with 2, and a message without a stack', () => {
  test.each(['nightly', 'report', 'status', 'gc', 'check', 'config', 'sql'])(
    '%s, when it is not there',
    async (command) => {
      const config = path.join(folder, 'none.yaml');
      expect(await run(command, '--config', config)).toEqual({
        code: 2,
        out: '',
        err: `${config}: expected a file, found none: check the path\n`,
      });
    },
  );

  test('when it is wrong', async () => {
    const config = path.join(folder, 'wrong.yaml');
    await writeFile(config, 'time_zone: Mars/Base\n');
    const { code, err } = await run('nightly', '--config', config);
    expect(code).toBe(2);
    expect(err).toBe(
      `${config}:1: time_zone: expected an IANA time zone such as Europe/Berlin, found "Mars/Base"\n`,
    );
  });
});

test('a run that fails on its data ends with 4, with a message without a stack, and leaves nothing behind', async () => {
  const config = path.join(folder, 'dayfold.yaml');
  await writeFile(config, 'log: { level: silent }\nengine: { threads: 1 }\n');
  const { code, out, err } = await run('nightly', '--config', config, '--date', '2026-11-20');
  expect([code, out]).toEqual([4, '']);
  expect(err).toMatch(
    /: expected exports named activity_log.*, found none, because there is no such folder: check exports\.store/,
  );
  expect(err).not.toMatch(/\n\s+at /);
  expect(await readdir(folder, { recursive: true })).toEqual(['dayfold.yaml']);
});
