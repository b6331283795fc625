import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { run } from '../command_line.js';

describe('completion in bash', () => {
  /** What bash offers for the last of these words. */
  async function offered(...words: string[]): Promise<string[]> {
    const { out } = await run('completion', 'bash');
    const line = ['run-job', ...words].map((word) => `"${word}"`).join(' ');
    const script = `${out}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _run_job; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n');
  }

  test('offers commands', async () => {
    expect(await offered('re')).toEqual(['report', 'repair']);
  });

  test('offers the commands of a command, and not those of others', async () => {
    expect(await offered('quarantine', '')).toEqual(
      expect.arrayContaining(['list', 'show', 'replay', 'discard']),
    );
    expect(await offered('quarantine', 'ver')).toEqual(['']);
    expect(await offered('mirror', 'ver')).toEqual(['verify']);
  });

  test('offers options, those of all commands too', async () => {
    expect(await offered('nightly', '--t')).toEqual(['--to', '--takeover']);
    expect(await offered('quarantine', 'show', '--lim')).toEqual(['--limit']);
    expect(await offered('nightly', '--config', 'my.yaml', '--qui')).toEqual(['--quiet']);
  });
});

test.each([
  ['zsh', '#compdef run-job', 'compadd -- '],
  ['fish', "complete -c run-job -n '__fish_use_subcommand' -f -a nightly", '-l config -s c'],
])('%s has a script of its own', async (shell, ...parts) => {
  const { code, out } = await run('completion', shell);
  expect(code).toBe(0);
  for (const part of parts) expect(out).toContain(part);
});

test('another shell is refused', async () => {
  expect(await run('completion', 'tcsh')).toMatchObject({
    code: 2,
    err: 'expected one of bash, zsh, fish, found tcsh\n',
  });
});
