import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { decompress, type UnpackLimits } from './bytes.ts';
import { bytesOf, listOf } from './sample.ts';

const compressions = { gzip: gzipSync, zstd: zstdCompressSync } as const;
const anyCompression = fc.constantFrom('gzip' as const, 'zstd' as const);

/** A zstd frame without content (RFC 8878, 3.1.2). */
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

async function plain(
  compression: keyof typeof compressions,
  bytes: Uint8Array,
  chunkBytes: number,
): Promise<Buffer> {
  return Buffer.concat(await listOf(decompress('a', compression, bytesOf(bytes, chunkBytes))));
}

t.test('parts that are compressed one by one and joined are read as one', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyCompression,
      fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 }),
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(1 << 16)),
      async (compression, parts, chunkBytes) => {
        const joined = parts.map((part) => compressions[compression](part));
        const read = await plain(compression, Buffer.concat(joined), chunkBytes);
        t.strictSame(read, Buffer.concat(parts));
      },
    ),
  );
});

t.test('zstd frames that are large or skippable', async (t) => {
  const digests = Array.from({ length: 10_000 }, (_, i) => createHash('sha256').update(`${i}`));
  const large = Buffer.concat(digests.map((digest) => digest.digest()));
  const frame = zstdCompressSync(large);
  t.ok(frame.length > large.length * 0.9, 'it is hardly compressible');
  const frames = Buffer.concat([skippable, frame, skippable, frame, frame]);
  for (const chunkBytes of [1000, 1 << 16, 1 << 24]) {
    const read = await plain('zstd', frames, chunkBytes);
    t.ok(read.equals(Buffer.concat([large, large, large])), `in chunks of ${chunkBytes}`);
  }
});

t.test('a stream that is cut or damaged is refused', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyCompression,
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.integer({ min: 1, max: 400 }),
      async (compression, content, share, chunkBytes) => {
        const whole = compressions[compression](content);
        const cut = whole.subarray(0, Math.max(1, Math.floor(whole.length * share)));
        const message = /^a: the \w+ stream is damaged or cut/;
        await t.rejects(plain(compression, cut, chunkBytes), { code: 'dataset-corrupt', message });
        const followed = Buffer.concat([whole, Buffer.from('what is this?')]);
        await t.rejects(plain(compression, followed, chunkBytes), { code: 'dataset-corrupt' });
      },
    ),
  );
});

t.test('another error passes as it is', async (t) => {
  const reason = new Error('enough');
  for (const compression of ['none', 'gzip', 'zstd'] as const) {
    async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
      yield compression === 'none' ? Buffer.of(1) : compressions[compression]('x').subarray(0, 6);
      throw reason;
    }
    await t.rejects(listOf(decompress('a', compression, failing())), reason);
  }
});

t.test('what unpacks to far more than it is, or to too much in all, is given up', async (t) => {
  for (const compression of ['gzip', 'zstd'] as const) {
    const zeros = compressions[compression](Buffer.alloc(10_000_000));
    const read = async (limits: UnpackLimits) => {
      let bytes = 0;
      for await (const chunk of decompress('a', compression, bytesOf(zeros, 64), limits)) {
        bytes += chunk.length;
      }
      return bytes;
    };
    const none = { ratio: Infinity, freeBytes: 0, bytes: Infinity };
    t.equal(await read(none), 10_000_000);
    t.equal(await read({ ...none, ratio: 2, freeBytes: 10_000_000 }), 10_000_000);
    const message = /^a has unpacked to \d+ bytes/;
    for (const limits of [{ ratio: 200 }, { bytes: 9_999_999 }]) {
      await t.rejects(read({ ...none, ...limits }), { code: 'unpacks-too-large', message });
    }
  }
});
