import { Command } from 'commander';
import { listen } from '../../shared/host.ts';
import { buildApp, recommendOptions } from '../recommend/app.ts';
import { environmentWith, examples, settingsFrom, storeOption } from './options.ts';

/** `segue serve` */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Answer over HTTP, and follow the store: a newer version is served at once.')
    .addOption(storeOption())
    .option('--port <n>', 'port to listen on (default: "8080")')
    .option('--snapshot <version>', 'serve this version instead of the newest')
    .addHelpText('after', examples('segue serve --port 8080', 'segue serve --snapshot 3'))
    .action(async (options: Record<string, unknown>) => {
      const { HOST: host, PORT: port } = settingsFrom(options, ['HOST', 'PORT']);
      // Who sits before it wants the address; a cluster, which wants every line, runs server.ts.
      const environment = { LOG_LEVEL: 'warn', ...environmentWith(options) };
      const app = await buildApp(recommendOptions(environment));
      process.stdout.write(`${await listen({ app, host, port })} answers; Ctrl-C ends it.\n`);
    });
}
