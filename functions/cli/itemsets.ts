import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { countItemsets, type EclatOptions, type Itemsets, mine } from '../retrain/eclat/eclat.ts';
import { withinMemory } from '../retrain/memory.ts';
import { miningProblem } from '../retrain/mining.ts';
import { readDat } from '../retrain/read/dat/dat.ts';
import { parseSupport, supportCount } from '../retrain/support.ts';
import { examples, jsonOption, settingsFrom, threadsOption, wholeNumber } from './options.ts';
import { counted, duration, printJson, printLines } from './output.ts';

interface ItemsetsCommandOptions {
  minSupport?: string;
  top?: string;
  closed?: true;
  maximal?: true;
  with?: string;
  minLength?: string;
  maxLength?: string;
  threads?: string;
  maxItemsets?: string;
  maxMemory?: string;
  count?: true;
  json?: true;
}

/** Itemsets that are kept to be printed unless told otherwise; counting needs no memory for them. */
const mostPrinted = 20_000_000;

/** `segue itemsets` */
export function itemsetsCommand(): Command {
  return new Command('itemsets')
    .description('Mine the frequent itemsets of a file and print them.')
    .argument('<file>', 'FIMI .dat: one transaction a line, items as numbers; plain, .gz or .zst')
    .option('--min-support <n|p%>', 'transactions that an itemset must be in')
    .option('--top <k>', 'instead: the k itemsets of highest support, and those as frequent')
    .option('--closed', 'only itemsets that any item more makes less frequent')
    .option('--maximal', 'only itemsets that no item more leaves frequent')
    .option('--with <item>', 'only itemsets with this item')
    .option('--min-length <n>', 'items in the shortest itemset (default: "1")')
    .option('--max-length <n>', 'items in the longest itemset (default: no limit)')
    .option(
      '--max-itemsets <n>',
      `itemsets at which to give up (default: "${mostPrinted}", with --count no limit)`,
    )
    .option('--max-memory <bytes>', 'as "1.5GiB" (default: 90% of what there is)')
    .option('--count', 'print how many there are instead')
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'segue itemsets retail.dat --min-support 1% --closed',
        'segue itemsets retail.dat --top 20 --min-length 2 --with 39',
        'segue itemsets retail.dat --min-support 20 --count --json',
      ),
    )
    .action(async (file: string, options: ItemsetsCommandOptions) => {
      const { maxMemory } = options;
      const { MAX_MEMORY } = settingsFrom({ maxMemory }, ['MAX_MEMORY']);
      const mining = toMining(options);
      await withinMemory(MAX_MEMORY, undefined, (signal, check) =>
        mineFile(file, options, { ...mining, signal }, check),
      );
    });
}

async function mineFile(
  file: string,
  options: ItemsetsCommandOptions,
  mining: Mining,
  checkMemory: () => void,
): Promise<void> {
  const { maxItemsets, threads, signal } = mining;
  const began = performance.now();
  const { transactions, numbers } = await readDat([file], { threads, signal });
  checkMemory();
  const read = performance.now();
  const rows = transactions.offsets.length - 1;
  const minSupport = options.minSupport && supportCount(parseSupport(options.minSupport), rows);
  if (minSupport) mining.minSupport = minSupport;
  if (options.with !== undefined) mining.item = toCode(options.with, numbers);
  try {
    if (options.count) {
      const { total, longest } = await countItemsets(transactions, mining);
      const [readMs, mineMs] = [read - began, performance.now() - read];
      if (options.json) printJson({ itemsets: total, longest, readMs, mineMs });
      else {
        await printLines([
          `${counted(total, 'itemset')}, the longest of ${counted(longest, 'item')}, read in ${duration(readMs)}, mined in ${duration(mineMs)}`,
        ]);
      }
    } else {
      const format = options.json ? ndjson : fimi;
      await printLines(format(await mine(transactions, mining), numbers));
    }
  } catch (error) {
    throw miningProblem(error, { maxItemsets, minSupport: mining.minSupport ?? 1 });
  }
}

type Mining = EclatOptions & { maxItemsets: number };

/**
 * What can be told without the file.
 * @throws `usage`
 */
function toMining(options: ItemsetsCommandOptions): Mining {
  const { minSupport, top, closed, maximal, count } = options;
  if ((minSupport === undefined) === (top === undefined)) {
    throw problem('usage', { reason: 'Give either --min-support or --top.' });
  }
  if (closed && maximal) throw problem('usage', { reason: 'Give either --closed or --maximal.' });
  if (top && maximal) throw problem('usage', { reason: '--maximal goes with --min-support only.' });
  if (minSupport !== undefined) parseSupport(minSupport);
  const minLength = wholeNumber('--min-length', options.minLength);
  const maxLength = wholeNumber('--max-length', options.maxLength);
  if (minLength && maxLength && minLength > maxLength) {
    throw problem('usage', { reason: '--min-length must not be above --max-length.' });
  }
  return {
    top: wholeNumber('--top', top),
    target: closed ? 'closed' : maximal ? 'maximal' : 'all',
    minLength,
    maxLength,
    threads: wholeNumber('--threads', options.threads, 64) ?? settingsFrom({}, ['THREADS']).THREADS,
    maxItemsets:
      wholeNumber('--max-itemsets', options.maxItemsets) ?? (count ? Infinity : mostPrinted),
  };
}

/** The code of an item that is given as its number in the file. */
function toCode(item: string, numbers: Uint32Array): number {
  const code = /^\d+$/.test(item) ? numbers.indexOf(Number(item)) : -1;
  if (code >= 0) return code;
  throw problem('usage', { reason: `--with must be an item of the file, and "${item}" is none.` });
}

/** The format of the FIMI workshops: the items, and the support in brackets. */
function* fimi(itemsets: Itemsets, numbers: Uint32Array): Generator<string> {
  for (const { items, support } of itemsetsOf(itemsets, numbers)) {
    yield `${items.join(' ')} (${support})`;
  }
}

function* ndjson(itemsets: Itemsets, numbers: Uint32Array): Generator<string> {
  for (const { items, support } of itemsetsOf(itemsets, numbers)) {
    yield JSON.stringify({ items: [...items], support });
  }
}

/** The itemsets with the numbers of the file, ascending. */
function* itemsetsOf(
  { offsets, items, supports }: Itemsets,
  numbers: Uint32Array,
): Generator<{ items: Uint32Array; support: number }> {
  for (let i = 0; i < supports.length; i++) {
    const codes = items.subarray(offsets[i], offsets[i + 1]);
    yield { items: codes.map((code) => numbers[code]).sort(), support: supports[i] };
  }
}
