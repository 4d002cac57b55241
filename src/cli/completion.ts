import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** What can be completed: the commands, and the options of each. */
interface Words {
  readonly name: string;
  readonly description: string;
  readonly options: readonly string[];
}

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print what completes commands and options in a shell: source <(cnpg-rotate completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(`${completionOf(shell, wordsOf(program))}\n`);
    });
}

function wordsOf(program: Command): readonly Words[] {
  const everywhere = program.options.flatMap(({ long }) => long ?? []);
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.flatMap(({ long }) => long ?? []), ...everywhere, '--help'],
  }));
}

export function completionOf(shell: Shell, words: readonly Words[]): string {
  if (shell === 'fish') return fish(words);
  const script = bash(words);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

function bash(words: readonly Words[]): string {
  return [
    '_cnpg_rotate() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" words',
    '  case "$COMP_CWORD:${COMP_WORDS[1]}" in',
    `    1:*) words="${words.map(({ name }) => name).join(' ')}" ;;`,
    ...words.map(({ name, options }) => `    *:${name}) words="${options.join(' ')}" ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -F _cnpg_rotate cnpg-rotate',
  ].join('\n');
}

function fish(words: readonly Words[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return [
    'complete -c cnpg-rotate -f',
    ...words.flatMap(({ name, description, options }) => [
      `complete -c cnpg-rotate -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ...options.map(
        (option) => `complete -c cnpg-rotate -n '__fish_seen_subcommand_from ${name}' -l ${option.replace(/^--/, '')}`,
      ),
    ]),
  ].join('\n');
}
