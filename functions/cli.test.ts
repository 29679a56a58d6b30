import t from 'tap';
import { itemsetsCommand } from './cli/itemsets.ts';
import { localCommand } from './cli/local.ts';
import { recommendCommand } from './cli/recommend.ts';
import { rulesCommand } from './cli/rules.ts';
import { segue } from './cli/sample.ts';
import { serveCommand } from './cli/serve.ts';
import { snapshotsCommand } from './cli/snapshots.ts';
import { trainCommand } from './cli/train.ts';
import { validateCommand } from './cli/validate.ts';

/** One line that a person can act on. */
const oneLine = /^segue: [^\n]+\.\n$/;

t.test('help lists the commands, examples and exit codes', async (t) => {
  const { code, stdout, stderr } = await segue(['--help']);
  t.equal(code, 0);
  t.equal(stderr, '');
  const commands = 'train recommend serve rules snapshots validate itemsets local';
  for (const command of commands.split(' ')) t.match(stdout, new RegExp(`^  ${command} `, 'm'));
  t.match(stdout, /segue train mine\.csv/);
  t.match(stdout, /Exit codes: 0 done, 64 not understood/);
});

t.test('so does each of them list its options', async (t) => {
  const { code, stdout } = await segue(['snapshots', 'rollback', '--help']);
  t.equal(code, 0);
  t.match(stdout, /^Usage: segue snapshots rollback \[options\] <version>\n/);
  const commands = [
    trainCommand(),
    recommendCommand(),
    serveCommand(),
    rulesCommand(),
    ...snapshotsCommand().commands,
    validateCommand(),
    itemsetsCommand(),
    localCommand(),
  ];
  for (const command of commands) {
    t.ok(command.description(), command.name());
    for (const { flags, description } of command.options) t.ok(description, flags);
    for (const argument of command.registeredArguments) t.ok(argument.description, command.name());
    t.match(command.helpInformation(), command.description().split(' ')[0]);
  }
});

t.test('what is not understood ends with 64, one line, and how to go on', async (t) => {
  const mistakes: [string[], RegExp][] = [
    [['recomend'], /unknown command 'recomend' \(Did you mean recommend\?\)\. Try --help\./],
    [['train'], /missing required argument 'dataset'\. Try --help\./],
    [['rules', '--xml'], /unknown option '--xml'\. Try --help\./],
    [['snapshots', 'rollback'], /missing required argument 'version'\. Try --help\./],
    [
      ['recommend', 'Yesterday', '--limit', 'abc'],
      /--limit must be a whole number from 1 to 200, not "abc"/,
    ],
  ];
  for (const [parameters, reason] of mistakes) {
    const { code, stdout, stderr } = await segue(parameters);
    t.equal(code, 64, parameters.join(' '));
    t.equal(stdout, '');
    t.match(stderr, reason);
    t.match(stderr, oneLine);
  }
});

t.test('without a command it shows its help', async (t) => {
  const { code, stderr } = await segue([]);
  t.equal(code, 64);
  t.match(stderr, /^Usage: segue/);
});

t.test('settings that are not valid are named together', async (t) => {
  const { code, stderr } = await segue(['train', 'none.csv', '--max-length', '1'], {
    environment: { MAX_REJECTED: 'few' },
  });
  t.equal(code, 78);
  t.match(stderr, /MAX_LENGTH must be a whole number from 2 to 100, not "1"; MAX_REJECTED must be/);
  t.match(stderr, oneLine);
});
