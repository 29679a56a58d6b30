import { Command } from 'commander';
import { examples } from './options.ts';
import { printLines } from './output.ts';

/**
 * `segue completion`: a script for bash (and for zsh, by its bashcompinit) that completes commands,
 * options and the choices of options; anything else is a file.
 * @param loadAll All commands: the script knows them without asking Segue.
 */
export function completionCommand(loadAll: () => Promise<readonly Command[]>): Command {
  return new Command('completion')
    .description('Print a script that completes commands and options: bash, zsh.')
    .addHelpText(
      'after',
      examples(
        'source <(segue completion)',
        'autoload -U bashcompinit && bashcompinit && source <(segue completion)   # zsh',
      ),
    )
    .action(async () => printLines(script(await loadAll())));
}

/** Words after which a line is complete, by the words before them: "snapshots verify". */
function* script(commands: readonly Command[]): Generator<string> {
  yield '# Segue for bash: source <(segue completion)';
  yield '_segue() {';
  yield `  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""`;
  yield '  case "$previous" in';
  const choices = new Map<string, Set<string>>();
  for (const command of commands.flatMap((one) => [one, ...one.commands])) {
    for (const { long, argChoices } of command.options) {
      if (!long || !argChoices) continue;
      choices.set(long, new Set([...(choices.get(long) ?? []), ...argChoices]));
    }
  }
  for (const [option, values] of choices) {
    yield `    ${option}) COMPREPLY=($(compgen -W "${[...values].join(' ')}" -- "$current")); return ;;`;
  }
  yield '  esac';
  yield `  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in`;
  for (const command of commands) {
    for (const below of command.commands) {
      yield `    "${command.name()} ${below.name()}") words="${optionsOf(below)}" ;;`;
    }
    const below = command.commands.map((one) => one.name());
    yield `    "${command.name()} "*) words="${[...below, optionsOf(command)].join(' ')}" ;;`;
  }
  yield '  esac';
  yield `  if [ "$COMP_CWORD" = 1 ]; then words="${commands.map((one) => one.name()).join(' ')} --help"; fi`;
  yield '  COMPREPLY=($(compgen -W "$words" -- "$current"))';
  yield '  if [ -z "$COMPREPLY" ]; then COMPREPLY=($(compgen -f -- "$current")); fi';
  yield '}';
  yield 'complete -o filenames -F _segue segue';
}

function optionsOf({ options }: Command): string {
  const visible = options.filter((option) => !option.hidden);
  return [...visible.map(({ long }) => long), '--help'].join(' ');
}
