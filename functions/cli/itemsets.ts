import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { countItemsets, EclatError, type Itemsets, mine } from '../retrain/eclat/eclat.ts';
import { readDat } from '../retrain/read/dat.ts';
import { parseSupport, supportCount } from '../retrain/support.ts';
import { jsonOption, wholeNumber } from './options.ts';
import { counted, duration, printJson, printLines } from './output.ts';

interface ItemsetsCommandOptions {
  minSupport: string;
  maxLength?: string;
  maxItemsets?: string;
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
    .requiredOption('--min-support <n|p%>', 'transactions that an itemset must be in')
    .option('--max-length <n>', 'items in the longest itemset (default: no limit)')
    .option(
      '--max-itemsets <n>',
      `itemsets at which to give up (default: "${mostPrinted}", with --count no limit)`,
    )
    .option('--count', 'print how many there are instead')
    .addOption(jsonOption())
    .action(async (file: string, options: ItemsetsCommandOptions) => {
      const support = parseSupport(options.minSupport);
      const maxLength = wholeNumber('--max-length', options.maxLength);
      const givenUpAt = wholeNumber('--max-itemsets', options.maxItemsets);
      const maxItemsets = givenUpAt ?? (options.count ? Infinity : mostPrinted);
      const began = performance.now();
      const { transactions, ids } = await readDat(file);
      const read = performance.now();
      const rows = transactions.offsets.length - 1;
      const mining = {
        minSupport: supportCount(support, rows),
        maxLength,
        maxItemsets,
      };
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
          await printLines(format(await mine(transactions, mining), ids));
        }
      } catch (error) {
        throw explain(error, mining);
      }
    });
}

/** The miner's error in words for the shell; any other error is given back as it is. */
export function explain(
  error: unknown,
  { maxItemsets: limit, minSupport }: { maxItemsets: number; minSupport: number },
): unknown {
  return error instanceof EclatError ? problem('too-many-itemsets', { limit, minSupport }) : error;
}

/** The format of the FIMI workshops: the items, and the support in brackets. */
function* fimi(itemsets: Itemsets, ids: Uint32Array): Generator<string> {
  for (const { items, support } of itemsetsOf(itemsets, ids)) {
    yield `${items.join(' ')} (${support})`;
  }
}

function* ndjson(itemsets: Itemsets, ids: Uint32Array): Generator<string> {
  for (const { items, support } of itemsetsOf(itemsets, ids)) {
    yield JSON.stringify({ items: [...items], support });
  }
}

/** The itemsets with the numbers of the file; codes and numbers have the same order. */
function* itemsetsOf(
  { offsets, items, supports }: Itemsets,
  ids: Uint32Array,
): Generator<{ items: Uint32Array; support: number }> {
  for (let i = 0; i < supports.length; i++) {
    const codes = items.subarray(offsets[i], offsets[i + 1]);
    yield { items: codes.map((code) => ids[code]), support: supports[i] };
  }
}
