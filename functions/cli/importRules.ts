import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { ulid } from 'ulid';
import { makeFolder } from '../../shared/durable.ts';
import { problem } from '../../shared/problems.ts';
import { readKey } from '../../shared/signature.ts';
import { encodeSnapshot, sha256Of } from '../../shared/snapshot.ts';
import { writeSnapshot } from '../../shared/store/files.ts';
import { publish } from '../../shared/store/publish.ts';
import { importRules } from '../retrain/importRules.ts';
import { examples, jsonOption, settingsFrom, storeOption, wholeNumber } from './options.ts';
import { counted, printJson, printLines } from './output.ts';

/** `segue import-rules` */
export function importRulesCommand(): Command {
  return new Command('import-rules')
    .description('Publish rules that mlxtend, arules or Segue wrote as CSV, to serve and explore.')
    .argument('<file>', 'CSV with sides, support and confidence; lift tells how frequent songs are')
    .addOption(storeOption())
    .option('--transactions <n>', 'all transactions (default: by the column of counts)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue import-rules mlxtend.csv',
        'segue import-rules arules.csv --transactions 9835 --store groceries',
      ),
    )
    .action(async (path: string, options: { transactions?: string; json?: true }) => {
      const { STORE, SIGNING_KEY_FILE } = settingsFrom({ ...options }, [
        'STORE',
        'SIGNING_KEY_FILE',
      ]);
      const signingKey = await readKey('SIGNING_KEY_FILE', SIGNING_KEY_FILE);
      const transactions = wholeNumber('--transactions', options.transactions, 2 ** 32 - 1);
      const bytes = await readFile(path).catch((error: Error) => {
        throw Object.assign(problem('dataset-missing', { path }), { cause: error });
      });
      const sha256 = sha256Of(bytes);
      const { snapshot, report } = await importRules(path, String(bytes), { sha256, transactions });
      await makeFolder(STORE);
      const file = await writeSnapshot(STORE, encodeSnapshot(snapshot));
      const { head } = await publish(STORE, file, {
        key: file.sha256,
        sequence: ulid(),
        signingKey,
      });
      if (options.json) printJson({ version: head.version, ...report });
      else {
        const { rules, severalConsequents, estimatedSongs } = report;
        const lines = [`Version ${head.version} serves: ${counted(rules, 'rule')}.`];
        if (severalConsequents > 0) {
          const left = counted(severalConsequents, 'rule');
          lines.push(`${left} with several consequents left out.`);
        }
        if (estimatedSongs > 0) {
          const songs = counted(estimatedSongs, 'song');
          lines.push(`How frequent ${songs} are is not in the file: at least, not exactly.`);
        }
        await printLines(lines);
      }
    });
}
