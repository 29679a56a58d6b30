/**
 * `make fuzz`: a million inputs for the decoders. Writes its part of reliability.md.
 *
 *   node bench/fuzz/fuzz.ts [--seed N] [--inputs 1000000] [--only NAME]
 *
 * `--only` tries one decoder, with as many inputs as in a whole run, and writes nothing.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { count, report } from '../reliability.ts';
import { type Decoder, decoders } from './decoders.ts';
import { fuzz } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: `${Math.floor(Math.random() * 2 ** 31)}` },
    inputs: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed);
// In memory where that is to be had: each input of a data set is a file.
const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'segue-fuzz-'));
process.stderr.write(`seed ${seed}\n`);
/** What needs no file is quick, and gets more. */
const shareOf = ({ name, inThread }: Decoder) => {
  if (['snapshot', 'event', 'request'].includes(name)) return 0.2;
  return inThread ? 0.005 : 0.39 / 7;
};
const lines: string[] = [];
const began = performance.now();
let all = 0;
for (const decoder of decoders) {
  if (values.only !== undefined && values.only !== decoder.name) continue;
  const inputs = Math.ceil(Number(values.inputs) * shareOf(decoder));
  const { taken, slowestMs } = await fuzz(decoder, { inputs, seed, folder });
  const line = `| ${decoder.name} | ${count(inputs)} | ${count(taken)} | ${count(inputs - taken)} | ${Math.ceil(slowestMs)} |`;
  process.stderr.write(`${line}\n`);
  lines.push(line);
  all += inputs;
}
await rm(folder, { recursive: true });
process.stderr.write(`${count(all)} inputs\n`);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
if (values.only === undefined) {
  await report(
    'Bad input',
    `\`make fuzz\`, seed ${seed}: ${count(all)} inputs that are changed in up to six places, one in eight made from
nothing (fast-check). Each is taken or refused with an error of the table; none crashes, and none takes
a second. What the libraries of Parquet and Arrow would be at for ever is ended after a quarter of a second
of the processor, and more where a file is large; the start of another thread after that is not counted.
The process was never above ${count(peak)} MiB. All of it took ${minutes} minutes.

| decoder | inputs | taken | refused | slowest, ms of CPU |
| --- | --: | --: | --: | --: |
${lines.join('\n')}`,
  );
}
