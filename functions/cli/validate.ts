import { Command } from 'commander';
import { account, emptyCounts, type ReadCounts } from '../retrain/read/account.ts';
import { listFiles, type Recognition, read, recognise } from '../retrain/read/read.ts';
import { columnsOption, jsonOption, maxRejectedOption, settingsFrom } from './options.ts';
import { grouped, printJson, printLines } from './output.ts';

interface ValidateCommandOptions {
  report: string;
  json?: true;
}

/** `segue validate` */
export function validateCommand(): Command {
  return new Command('validate')
    .description('Read data sets to their end: what they are taken for, and which rows are wrong.')
    .argument('<dataset...>', 'files or folders')
    .addOption(columnsOption())
    .addOption(maxRejectedOption())
    .option('--report <file>', 'where rejected rows are listed', 'rejected.ndjson')
    .addOption(jsonOption())
    .action(async (paths: string[], options: ValidateCommandOptions) => {
      const { COLUMNS: columns, MAX_REJECTED: maxRejectedShare } = settingsFrom({ ...options }, [
        'COLUMNS',
        'MAX_REJECTED',
      ]);
      const files = await listFiles(paths);
      const recognised: Recognition[] = [];
      for (const file of files) recognised.push(await recognise(file, { columns }));
      const counts = emptyCounts();
      const { report } = options;
      try {
        const batches = account(read(files, { columns }), { counts, report, maxRejectedShare });
        for await (const _ of batches);
      } finally {
        // What was counted is worth knowing when the data set is refused, too.
        if (options.json) printJson({ recognised, ...counts });
        else await printLines(describe(recognised, counts, report));
      }
    });
}

function* describe(
  recognised: readonly Recognition[],
  counts: ReadCounts,
  report: string,
): Generator<string> {
  for (const { file, format, compression, encoding, columns } of recognised) {
    const packed = compression === 'none' ? '' : `, ${compression}`;
    const named = Object.entries(columns ?? {}).map(([role, name]) => `${role} "${name}"`);
    const read = named.length === 0 ? '' : `; ${named.join(', ')}`;
    yield `${file}: ${format}${packed}, ${encoding}${read}`;
  }
  const { read, accepted, rejected, byReason } = counts;
  yield `${grouped(read)} rows read: ${grouped(accepted)} accepted, ${grouped(rejected)} rejected`;
  for (const [reason, count] of Object.entries(byReason)) {
    if (count > 0) yield `  ${grouped(count)} ${reason}`;
  }
  if (rejected > 0) yield `Rejected rows are listed in ${report}.`;
}
