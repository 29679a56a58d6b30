import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import t from 'tap';

/** Every command of the shell: whatever a file here exports as one. */
async function allCommands(): Promise<Command[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => /^\w+\.ts$/.test(name));
  const modules = await Promise.all(
    files.map((name) => import(join(import.meta.dirname, name)) as Promise<object>),
  );
  return modules
    .flatMap((module) => Object.entries(module))
    .filter(([name]) => name.endsWith('Command'))
    .map(([, make]) => (make as (loadAll: () => Promise<Command[]>) => Command)(async () => []));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

t.test('help ends with examples that the shell would understand', async (t) => {
  const commands = await allCommands();
  t.ok(commands.length >= 15, 'all commands are there');
  for (const command of commands) {
    const [, lines] = helpOf(command).split('\nExamples:\n');
    t.ok(lines, `${command.name()} has examples`);
    for (const [, line] of lines?.matchAll(/^ +segue (.*)$/gm) ?? []) {
      const [name, next] = line.split(' ');
      t.equal(name, command.name(), line);
      const meant =
        command.commands.length === 0
          ? command
          : command.commands.find((sub) => sub.name() === next);
      const known = meant?.options.map(({ long }) => long) ?? [];
      // What follows a pipe or stands in $( ) is not ours.
      const own = line.replace(/"?\$\(.*?\)"?/g, '').replace(/ [|>] .*/, '');
      for (const [option] of own.matchAll(/--[\w-]+/g)) {
        t.ok(known.includes(option), `${line}: ${option}`);
      }
    }
  }
});
