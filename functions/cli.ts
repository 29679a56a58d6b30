#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { asProblem, problemBody } from '../shared/problems.ts';

/** Each command by its name. Only the one that is asked for is loaded: all of them take a second. */
const commands: Record<string, () => Promise<Command>> = {
  train: async () => (await import('./cli/train.ts')).trainCommand(),
  recommend: async () => (await import('./cli/recommend.ts')).recommendCommand(),
  serve: async () => (await import('./cli/serve.ts')).serveCommand(),
  rules: async () => (await import('./cli/rules.ts')).rulesCommand(),
  'import-rules': async () => (await import('./cli/importRules.ts')).importRulesCommand(),
  snapshots: async () => (await import('./cli/snapshots.ts')).snapshotsCommand(),
  validate: async () => (await import('./cli/validate.ts')).validateCommand(),
  why: async () => (await import('./cli/why.ts')).whyCommand(),
  itemsets: async () => (await import('./cli/itemsets.ts')).itemsetsCommand(),
  evaluate: async () => (await import('./cli/evaluate.ts')).evaluateCommand(),
  local: async () => (await import('./cli/local.ts')).localCommand(),
  submit: async () => (await import('./cli/submit.ts')).submitCommand(),
  retrain: async () => (await import('./cli/retrain.ts')).retrainCommand(),
  canary: async () => (await import('./cli/canary.ts')).canaryCommand(),
  completion: async () => (await import('./cli/completion.ts')).completionCommand(loadAll),
};

async function loadAll(): Promise<Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

/** The exit code of a command that was not understood (BSD sysexits' EX_USAGE). */
const usageExitCode = 64;

/** The exit code when the output cannot be written, to a full disk for example (EX_IOERR). */
const outputExitCode = 74;

const program = new Command('segue')
  .description('Songs recommended from playlists by association rules, with reasons.')
  .addHelpText(
    'after',
    `
Examples:
  segue train mine.csv                     mine rules into .segue
  segue recommend "Yesterday"              ask for songs
  segue serve --port 8080                  answer over HTTP

Exit codes: 0 done, 64 not understood, 65 the data cannot be used, 66 not found,
69 not available, 70 a defect, 73 the report cannot be written, 74 the store or
the output cannot be used, 75 try again later, 78 settings not valid.`,
  );
const asked = process.argv[2] ?? '';
const loaders = Object.entries(commands).filter(([name]) => name === asked);
for (const [, load] of loaders.length > 0 ? loaders : Object.entries(commands)) {
  program.addCommand(await load());
}
for (const command of [program, ...program.commands.flatMap((c) => [c, ...c.commands])]) {
  command.exitOverride().configureOutput({
    outputError: (text, write) => {
      const reason = text
        .replace(/^error: /, '')
        .trim()
        .replaceAll('\n', ' ');
      write(`segue: ${reason}. Try --help.\n`);
    },
  });
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `segue rules | head` ends the pipe before its end: that is no error.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`segue: The output cannot be written: ${error.message}.\n`);
  process.exit(outputExitCode);
});
// A training goes on when nobody reads its progress any more.
process.stderr.on('error', () => {});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : usageExitCode;
  } else {
    const cause = asProblem(error);
    process.stderr.write(`segue: ${cause.message}\n`);
    if (process.argv.includes('--json')) {
      process.stdout.write(`${JSON.stringify(problemBody(cause))}\n`);
    }
    process.exitCode = cause.exitCode;
  }
}
