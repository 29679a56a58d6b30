import { Command } from 'commander';
import { problemBody } from '../../shared/problems.ts';
import { readKey } from '../../shared/signature.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { prune, pruneGraceMs } from '../../shared/store/prune.ts';
import { rollback } from '../../shared/store/publish.ts';
import { verifyStore } from '../../shared/store/versions.ts';
import { describe } from '../recommend/recommend.ts';
import { loadModel, storeToRead } from './model.ts';
import { examples, jsonOption, settingsFrom, storeOption } from './options.ts';
import { counted, printJson, printLines, size } from './output.ts';

interface SnapshotsOptions {
  json?: true;
}

/** `segue snapshots` */
export function snapshotsCommand(): Command {
  return new Command('snapshots')
    .description('Look at the versions in a store, check them, roll back.')
    .addHelpText(
      'after',
      examples('segue snapshots list', 'segue snapshots verify', 'segue snapshots rollback 3'),
    )
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(verifyCommand())
    .addCommand(rollbackCommand())
    .addCommand(pruneCommand());
}

function listCommand(): Command {
  return command('list', 'list what served, the newest last').action(
    async (options: SnapshotsOptions) => {
      const heads = await readHeads(storeToRead(options));
      if (options.json) printJson({ heads });
      else {
        if (heads.length === 0) await printLines(['There is no version yet.']);
        await printLines(
          heads.map(
            ({ seq, version, cause, created, bytes, sha256 }) =>
              `${seq}  version ${version}  ${cause}  ${created}  ${size(bytes)}  ${sha256.slice(0, 12)}`,
          ),
        );
      }
    },
  );
}

function showCommand(): Command {
  return command('show', 'say what a version was made from and how')
    .argument('[version]', 'absent: the newest')
    .action(async (version: string | undefined, options: SnapshotsOptions) => {
      const facts = describe(
        await loadModel({ ...options, ...(version && { snapshot: version }) }),
      );
      if (options.json) printJson(facts);
      else process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
    });
}

function verifyCommand(): Command {
  return command('verify', 'read every version and check its digest, columns and signature')
    .option('--public-key-file <file>', 'who must have signed them (default: nobody)')
    .action(async (options: SnapshotsOptions) => {
      const { PUBLIC_KEY_FILE } = settingsFrom({ ...options }, ['PUBLIC_KEY_FILE']);
      const publicKey = await readKey('PUBLIC_KEY_FILE', PUBLIC_KEY_FILE);
      const { heads, faults } = await verifyStore(storeToRead(options), publicKey);
      if (options.json) printJson({ heads, faults: faults.map(problemBody) });
      else {
        await printLines(faults.map((fault) => fault.message));
        process.stdout.write(`${counted(heads, 'head')}, ${counted(faults.length, 'fault')}\n`);
      }
      if (faults.length > 0) process.exitCode = faults[0].exitCode;
    });
}

function rollbackCommand(): Command {
  return command('rollback', 'let an older version serve again')
    .option('--signing-key-file <file>', 'signs it (default: nobody)')
    .argument('<version>', 'as `segue snapshots list` names it')
    .action(async (version: string, options: SnapshotsOptions) => {
      const { SIGNING_KEY_FILE } = settingsFrom({ ...options }, ['SIGNING_KEY_FILE']);
      const signingKey = await readKey('SIGNING_KEY_FILE', SIGNING_KEY_FILE);
      const { outcome, head } = await rollback(storeToRead(options), version, signingKey);
      if (options.json) printJson({ outcome, head });
      else {
        const now = outcome === 'unchanged' ? 'already' : 'now';
        process.stdout.write(`Version ${head.version} serves ${now} (head ${head.seq}).\n`);
      }
    });
}

function pruneCommand(): Command {
  return command('prune', 'remove versions that are neither among the newest nor pinned')
    .option('--keep-versions <n>', 'the newest that stay (default: "10")')
    .option('--pinned <versions>', 'others that stay, separated by commas')
    .action(async (options: SnapshotsOptions) => {
      const settings = settingsFrom({ ...options }, ['KEEP_VERSIONS', 'PINNED']);
      const removed = await prune(storeToRead(options), {
        keepVersions: settings.KEEP_VERSIONS,
        pinned: settings.PINNED,
        graceMs: pruneGraceMs,
      });
      if (options.json) printJson({ removed });
      else await printLines([...removed, `${counted(removed.length, 'file')} removed`]);
    });
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(storeOption())
    .addOption(jsonOption());
}
