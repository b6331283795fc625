import type { Command } from 'commander';
import { ConfigError } from '../../errors.js';

/** A command and what may follow it. */
interface Node {
  /** the names on the way to it, without the program's */
  readonly path: readonly string[];
  readonly commands: readonly string[];
  readonly options: readonly { readonly flags: readonly string[]; readonly text: string }[];
}

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/**
 * `run-job completion SHELL`: a script by which a shell completes the commands and options that the
 * program has.
 */
export function completion(shell: string, _: object, { parent }: Command): void {
  const root = parent as Command;
  const nodes = nodesOf(root, []);
  const texts = new Map(root.commands.map((command) => [command.name(), command.description()]));
  const scripts = {
    bash: () => bash(nodes),
    zsh: () => zsh(nodes),
    fish: () => fish(nodes, texts),
  };
  const known = SHELLS.find((each) => each === shell);
  if (known === undefined)
    throw new ConfigError(`expected one of ${SHELLS.join(', ')}, found ${shell}`);
  process.stdout.write(scripts[known]());
}

function nodesOf(command: Command, path: readonly string[]): Node[] {
  const options = [...command.options, ...(path.length === 0 ? [] : rootOf(command).options)].map(
    ({ short, long, description }) => ({
      flags: [long, short].filter((flag) => flag !== undefined && flag !== null),
      text: description,
    }),
  );
  const own: Node = {
    path,
    commands: command.commands.map((each) => each.name()),
    options: [
      ...options.filter(({ flags }) => !flags.includes('--version') || path.length === 0),
      { flags: ['--help'], text: 'help' },
    ],
  };
  return [own, ...command.commands.flatMap((each) => nodesOf(each, [...path, each.name()]))];
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

function wordsOf({ commands, options }: Node): string {
  return [...commands, ...options.flatMap(({ flags }) => flags)].join(' ');
}

/**
 * Statements that follow the words so far to a command, and those that offer what may follow it.
 */
function walk(nodes: readonly Node[], offer: (words: string) => string): string {
  const steps = nodes
    .filter(({ path }) => path.length > 0)
    .map(
      ({ path }) =>
        `      "${path.slice(0, -1).join(' ')}:${path.at(-1)}") at="${path.join(' ')}" ;;`,
    );
  const offers = nodes.map((node) => `    "${node.path.join(' ')}") ${offer(wordsOf(node))} ;;`);
  return `    case "$at:$word" in
${steps.join('\n')}
    esac
  done
  case "$at" in
${offers.join('\n')}
  esac`;
}

function bash(nodes: readonly Node[]): string {
  return `# bash completion of run-job: source this file, or put it into
# ~/.local/share/bash-completion/completions/run-job
_run_job() {
  local at="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${walk(nodes, (words) => `words="${words}"`)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _run_job run-job
`;
}

function zsh(nodes: readonly Node[]): string {
  return `#compdef run-job
# zsh completion of run-job: put it as _run_job into a folder of $fpath
_run_job() {
  local at="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
${walk(nodes, (words) => `compadd -- ${words}`)}
  _files
}
# read for the first time as a function of $fpath, or sourced
if [[ \${funcstack[1]} == _run_job ]]; then _run_job; else compdef _run_job run-job; fi
`;
}

function fish(nodes: readonly Node[], texts: ReadonlyMap<string, string>): string {
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const [first, second] = path;
    const seen = [first, second]
      .filter((each) => each !== undefined)
      .map((each) => `__fish_seen_subcommand_from ${each}`);
    const beyond =
      path.length === 1 && commands.length > 0
        ? `; and not __fish_seen_subcommand_from ${commands.join(' ')}`
        : '';
    const when = path.length === 0 ? '__fish_use_subcommand' : `${seen.join('; and ')}${beyond}`;
    return [
      ...commands.map(
        (name) =>
          `complete -c run-job -n ${quote(when)} -f -a ${name} -d ` +
          `${quote(path.length === 0 ? (texts.get(name) ?? '') : '')}`,
      ),
      ...options.map(({ flags, text }) => {
        const named = flags
          .map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`))
          .join(' ');
        return `complete -c run-job -n ${quote(when)} ${named} -d ${quote(text)}`;
      }),
    ];
  });
  return (
    '# fish completion of run-job: put it into ' +
    `~/.config/fish/completions/run-job.fish\n${lines.join('\n')}\n`
  );
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
