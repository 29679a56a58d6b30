import { Command } from 'commander';
import { asProblem, Problem } from '../../shared/problems.ts';
import { account, emptyCounts, type ReadCounts } from '../retrain/read/account.ts';
import { proposeColumns } from '../retrain/read/propose.ts';
import {
  type Columns,
  listFiles,
  type ReadOptions,
  type Recognition,
  read,
  readTableHead,
  recognise,
} from '../retrain/read/read.ts';
import {
  columnsOption,
  examples,
  jsonOption,
  maxRejectedOption,
  sessionGapOption,
  settingsFrom,
} from './options.ts';
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
    .addOption(sessionGapOption())
    .addOption(maxRejectedOption())
    .option('--report <file>', 'where rejected rows are listed', 'rejected.ndjson')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue validate playlists.csv',
        'segue validate export.csv --columns transaction=list,item=name --report wrong.ndjson',
      ),
    )
    .action(async (paths: string[], options: ValidateCommandOptions) => {
      const {
        COLUMNS: columns,
        SESSION_GAP: gap,
        MAX_REJECTED: maxRejectedShare,
      } = settingsFrom({ ...options }, ['COLUMNS', 'SESSION_GAP', 'MAX_REJECTED']);
      const reading = { columns, timed: gap !== undefined };
      const files = await listFiles(paths);
      const recognised: Recognition[] = [];
      for (const file of files) {
        recognised.push(await recogniseOrPropose(file, reading, options.json));
      }
      const counts = emptyCounts();
      const { report } = options;
      const batches = account(read(files, reading), { counts, report, maxRejectedShare });
      const fault = await readToEnd(batches);
      // What was counted is worth knowing when the data set is refused, too.
      if (options.json) printJson({ recognised, ...counts });
      else await printLines(describe(recognised, counts));
      const listed = counts.rejected > 0 && fault?.code !== 'report-unwritable';
      if (listed && !options.json) await printLines([`Rejected rows are listed in ${report}.`]);
      if (fault !== undefined) throw fault;
    });
}

/**
 * What a file is taken for; where its columns are not known, says which may be meant.
 * @throws as `recognise` does.
 */
async function recogniseOrPropose(
  file: string,
  reading: ReadOptions,
  json: true | undefined,
): Promise<Recognition> {
  try {
    return await recognise(file, reading);
  } catch (error) {
    const isUnknown = error instanceof Problem && error.code === 'column-missing';
    const columns = isUnknown && proposeColumns(await readTableHead(file), reading.columns);
    if (columns && json) printJson({ file, certainty: 'proposal', columns });
    else if (columns) {
      const asked = `--columns ${listed(columns)}`;
      await printLines([`${file}: a guess by what is in the columns, to be looked at: ${asked}`]);
    }
    throw error;
  }
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
function listed(columns: Columns): string {
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
