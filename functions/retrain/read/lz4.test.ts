import t from 'tap';
import { lz4Frame } from './lz4.ts';

const most = 2 ** 20;

/** Made by pyarrow 26's compress with the codec "lz4". */
const songs = [
  '04224d184040c02d01000081736f6e6720302c200800133108001332080013330800133408001335',
  '0800133608000f3800',
  'ff'.repeat(256),
  'ab506720312c20fe0000000ff0',
  'ff'.repeat(245),
  'dc506720342c2000000000',
].join('');

t.test('a frame of two blocks, of which the second refers to the first', async (t) => {
  const text = Buffer.from(lz4Frame(Buffer.from(songs, 'hex'), most)).toString();
  const expected = Array.from({ length: 16_000 }, (_, i) => `song ${i % 7}, `).join('');
  t.equal(text, expected);
});

t.test('a block that is not compressed, a size that is given, checksums', async (t) => {
  const header = Buffer.from('04224d18', 'hex');
  const block = Buffer.from([5, 0, 0, 0x80, 1, 2, 3, 4, 5]);
  const end = Buffer.alloc(4);
  t.same(
    [...lz4Frame(Buffer.concat([header, Buffer.from('604082', 'hex'), block, end]), most)],
    [...[1, 2, 3, 4, 5]],
  );
  const size = Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]);
  const checksum = Buffer.from('12345678', 'hex');
  const flags = Buffer.from('7840', 'hex');
  const whole = [header, flags, size, Buffer.from([0]), block, checksum, end];
  t.same([...lz4Frame(Buffer.concat(whole), most)], [1, 2, 3, 4, 5]);
});

t.test('what is damaged is an error', async (t) => {
  t.throws(() => lz4Frame(Buffer.alloc(16), most), /not compressed by LZ4/);
  // A match that reaches before the beginning.
  const frame = Buffer.from('04224d1860408204000000104109000000000000', 'hex');
  t.throws(() => lz4Frame(frame, most), /is damaged/);
  t.throws(() => lz4Frame(Buffer.from(songs.slice(0, 200), 'hex'), most));
});

t.test('what unpacks to more than is taken is an error, whether it says so or not', async (t) => {
  const bytes = Buffer.from(songs, 'hex');
  t.equal(lz4Frame(bytes, 128_000).length, 128_000);
  t.throws(() => lz4Frame(bytes, 100_000), /more than 100000 bytes/);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(2n ** 50n);
  const liar = Buffer.concat([Buffer.from('04224d187840', 'hex'), size, Buffer.alloc(9)]);
  t.throws(() => lz4Frame(liar, most), /more than 1048576 bytes/);
});
