import { Command } from 'commander';
import { asProblem, type Problem } from '../../shared/problems.ts';
import { account, emptyCounts, type ReadCounts } from '../retrain/read/account.ts';
import { listFiles, type Recognition, read, recognise } from '../retrain/read/read.ts';
import { columnsOption, jsonOption, maxRejectedOption, settingsFrom } from './options.ts';
import { counted, grouped, printJson, printLines } from './output.ts';

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
      const batches = account(read(files, { columns }), { counts, report, maxRejectedShare });
      const fault = await readToEnd(batches);
      // What was counted is worth knowing when the data set is refused, too.
      if (options.json) printJson({ recognised, ...counts });
      else await printLines(describe(recognised, counts));
      const listed = counts.rejected > 0 && fault?.code !== 'report-unwritable';
      if (listed && !options.json) await printLines([`Rejected rows are listed in ${report}.`]);
      if (fault !== undefined) throw fault;
    });
}

/** What ended the reading before its end or speaks against the data set, if anything. */
async function readToEnd(batches: AsyncIterable<unknown>): Promise<Problem | undefined> {
  try {
    for await (const _ of batches);
    return undefined;
  } catch (error) {
    return asProblem(error);
  }
}

/** How sure it is what a file is taken for. */
const tellings: Record<Recognition['certainty'], string> = {
  name: 'sure, by its name',
  content: 'sure, by its content',
  guess: 'a guess: no column is known, and lines differ in length; name it .basket if it is right',
};

/** Columns as the option has them, quoted for a shell where that is needed. */
function listed(columns: NonNullable<Recognition['columns']>): string {
  const list = Object.entries(columns)
    .map(([role, name]) => `${role}=${name}`)
    .join(',');
  return /^[\w=,.-]+$/.test(list) ? list : `'${list.replaceAll("'", "'\\''")}'`;
}

function* describe(recognised: readonly Recognition[], counts: ReadCounts): Generator<string> {
  for (const { file, format, compression, encoding, columns, certainty } of recognised) {
    const packed = compression === 'none' ? '' : `, ${compression}`;
    const named = Object.entries(columns ?? {}).map(([role, name]) => `${role} "${name}"`);
    const read = named.length === 0 ? '' : `; ${named.join(', ')}`;
    yield `${file}: ${format}${packed}, ${encoding}${read}`;
    yield `  ${tellings[certainty]}${columns === undefined ? '' : `; to say so: --columns ${listed(columns)}`}`;
  }
  const { read, accepted, rejected, byReason } = counts;
  yield `${counted(read, 'row')} read: ${grouped(accepted)} accepted, ${grouped(rejected)} rejected`;
  for (const [reason, count] of Object.entries(byReason)) {
    if (count > 0) yield `  ${grouped(count)} ${reason}`;
  }
}
