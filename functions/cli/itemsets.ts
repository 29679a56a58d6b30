import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { countItemsets, EclatError, type Itemsets, mine } from '../retrain/eclat/eclat.ts';
import { readDat } from '../retrain/read/dat.ts';
import { parseSupport, supportCount } from '../retrain/support.ts';
import { jsonOption } from './options.ts';
import { duration, grouped, printJson, printLines } from './output.ts';

interface ItemsetsCommandOptions {
  minSupport: string;
  maxLength?: string;
  maxItemsets?: string;
  count?: true;
  json?: true;
}

/** `segue itemsets` */
export function itemsetsCommand(): Command {
  return new Command('itemsets')
    .description('Mine the frequent itemsets of a file and print them.')
    .argument('<file>', 'FIMI .dat: one transaction a line, items as numbers; plain, .gz or .zst')
    .requiredOption('--min-support <n|p%>', 'transactions that an itemset must be in')
    .option('--max-length <n>', 'items in the longest itemset (default: no limit)')
    .option('--max-itemsets <n>', 'itemsets at which to give up (default: no limit)')
    .option('--count', 'print how many there are instead')
    .addOption(jsonOption())
    .action(async (file: string, options: ItemsetsCommandOptions) => {
      const support = parseSupport(options.minSupport);
      const began = performance.now();
      const { transactions, ids } = await readDat(file);
      const read = performance.now();
      const rows = transactions.offsets.length - 1;
      const mining = {
        minSupport: supportCount(support, rows),
        maxLength: wholeNumber('--max-length', options.maxLength),
        maxItemsets: wholeNumber('--max-itemsets', options.maxItemsets),
      };
      try {
        if (options.count) {
          const { total, longest } = await countItemsets(transactions, mining);
          const [readMs, mineMs] = [read - began, performance.now() - read];
          if (options.json) printJson({ itemsets: total, longest, readMs, mineMs });
          else {
            process.stdout.write(
              `${grouped(total)} itemsets, the longest of ${longest} items, read in ${duration(readMs)}, mined in ${duration(mineMs)}\n`,
            );
          }
        } else {
          const format = options.json ? ndjson : fimi;
          await printLines(format(await mine(transactions, mining), ids));
        }
      } catch (error) {
        if (error instanceof EclatError && mining.maxItemsets !== undefined) {
          const { maxItemsets: limit, minSupport } = mining;
          throw problem('too-many-itemsets', { limit, minSupport });
        }
        throw error;
      }
    });
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

function wholeNumber(option: string, given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw problem('usage', { reason: `${option} must be a whole number from 1, not "${given}".` });
}
