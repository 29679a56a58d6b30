/** Gives decoders what nobody meant, and holds them to what they may do with it. */
import fc from 'fast-check';
import { seededRandom } from '../../shared/random.ts';
import { type Decoder, isExpected } from './decoders.ts';
import { mutate } from './mutate.ts';

/** What came of the inputs of a decoder. */
export interface Found {
  inputs: number;
  /** Those that were taken; all others were refused with an error of the table. */
  taken: number;
  slowestMs: number;
}

/** The longest that one small input may take, in milliseconds of the processor. */
const mostMs = 1_000;

/**
 * Tries changed inputs, and, one of eight, bytes or text made from nothing.
 * @throws with the input (base64), when an error is none of the table, or when it takes too long.
 */
export async function fuzz(
  decoder: Decoder,
  { inputs, seed, folder }: { inputs: number; seed: number; folder: string },
): Promise<Found> {
  const random = seededRandom(seed);
  const made = fc.sample(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(text)),
      fc.json({ maxDepth: 5 }).map((text) => Buffer.from(text)),
    ),
    { numRuns: Math.ceil(inputs / 8), seed },
  );
  const found: Found = { inputs, taken: 0, slowestMs: 0 };
  let lastMs = 0;
  for (let i = 0; i < inputs; i++) {
    const bytes = i % 8 === 0 ? made[i / 8] : mutate(decoder.seeds, random);
    // Where the last one had its thread ended, the start of the next thread is nobody's time.
    if (decoder.inThread && lastMs > 100) await decoder.decode(decoder.seeds[0], folder);
    const began = process.cpuUsage();
    try {
      await decoder.decode(bytes, folder);
      found.taken++;
    } catch (error) {
      if (!isExpected(error)) {
        throw new Error(`${decoder.name}, seed ${seed}, input ${i}: ${bytes.toString('base64')}`, {
          cause: error,
        });
      }
    }
    const { user, system } = process.cpuUsage(began);
    lastMs = (user + system) / 1000;
    found.slowestMs = Math.max(found.slowestMs, lastMs);
  }
  /* c8 ignore next 3 -- nothing takes so long. */
  if (found.slowestMs > mostMs) {
    throw new Error(`${decoder.name}, seed ${seed}: an input took ${found.slowestMs} ms`);
  }
  return found;
}
