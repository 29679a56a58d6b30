import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { seededRandom } from '../../shared/random.ts';
import { readJudged, readSnapshot } from '../../shared/store/files.ts';
import { readHeads } from '../../shared/store/heads.ts';
import { prune } from '../../shared/store/prune.ts';
import { rejectedSnapshots } from '../../shared/store/rejected.ts';
import { findVersion, verifyStore } from '../../shared/store/versions.ts';
import { toModel } from '../recommend/model.ts';
import { rank } from '../recommend/score.ts';
import { questionsOf } from './evaluate/folds.ts';
import { examine, measureUnseen } from './gate.ts';
import { holdOut } from './heldOut.ts';
import type { Row } from './read/sample.ts';
import { setOf, settingsWith, sharedPlaylists, writeDataset } from './sample.ts';
import { type TrainRequest, type TrainResult, train } from './train.ts';

/** The sample of the project: themes that songs are heard together in. */
const sample: Row[] = gunzipSync(
  readFileSync(join(import.meta.dirname, '../../datasets/sample.csv.gz')),
)
  .toString()
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [id, title, artist] = line.split(',');
    return [id, title, artist];
  });
const ids = [...new Set(sample.map(([id]) => id))];

/** The rows of some playlists. */
function rowsOfPlaylists(from: number, to: number): Row[] {
  const some = new Set(ids.slice(from, to));
  return sample.filter(([id]) => some.has(id));
}

/** The same playlists with the songs dealt out anew: as long, as popular, and without sense. */
function shuffled(rows: readonly Row[], seed = 1): Row[] {
  const random = seededRandom(seed);
  const songs = rows.map(([, title, artist]) => [title, artist]);
  for (let i = songs.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [songs[i], songs[other]] = [songs[other], songs[i]];
  }
  return rows.map(([id], i): Row => [id, songs[i][0], songs[i][1]]);
}

const quick = settingsWith({ tuningFits: 0 });

function trainRows(folder: string, name: string, rows: readonly Row[], changes = {}) {
  writeDataset(folder, name, rows);
  return trainFile(folder, join(folder, name), changes);
}

function trainFile(
  folder: string,
  path: string,
  changes: Partial<TrainRequest> = {},
): Promise<TrainResult> {
  const store = join(folder, 'store');
  return train({
    ...{ paths: [path], store, settings: quick, keepVersions: 10, pinned: [] },
    ...changes,
  });
}

t.test('the same data trained again passes: judged models are compared', async (t) => {
  const folder = t.testdir();
  const rows = rowsOfPlaylists(0, 400);
  const first = await trainRows(folder, 'data.csv', rows);
  t.match(first, { outcome: 'published', gate: { reason: /nothing to compare with/ } });
  t.ok(first.gate!.figures.toPopularityLow > 1);
  const settings = settingsWith({ tuningFits: 0, maxVisits: 1 });
  const again = await trainFile(folder, join(folder, 'data.csv'), { settings });
  t.match(again, { outcome: 'published', version: '2' });
  t.equal(again.gate!.figures.toCurrent, 1, 'the very same scores');
  t.equal(again.gate!.figures.compared, again.gate!.figures.heldOut);
});

t.test('grown data passes, shuffled data is rejected and kept aside', async (t) => {
  const folder = t.testdir();
  const store = join(folder, 'store');
  await trainRows(folder, 'one.csv', rowsOfPlaylists(0, 380));
  const grown = await trainRows(folder, 'two.csv', rowsOfPlaylists(40, 460));
  t.match(grown, { outcome: 'published', version: '2' });
  t.ok(grown.gate!.figures.toCurrentHigh >= 1);

  const nonsense = shuffled(rowsOfPlaylists(40, 460));
  const worse = await trainRows(folder, 'worse.csv', nonsense);
  t.match(worse, { outcome: 'rejected', version: '2', gate: { reason: /no better than popul/ } });
  t.equal((await readHeads(store)).length, 2, 'the old one serves');
  const [aside] = await rejectedSnapshots(store);
  t.match(aside, { key: worse.key, figures: worse.gate!.figures });
  await t.resolves(readSnapshot(store, aside));
  t.match(await findVersion(store, aside.sha256.slice(0, 12)), { file: aside.file });
  const [, two] = await readHeads(store);
  t.strictSame(await findVersion(store, two.sha256), two, 'a digest names a version');
  t.match(await verifyStore(store), { faults: [] });
  await prune(store, { keepVersions: 1, pinned: [], graceMs: 0 });
  await t.resolves(readJudged(store, aside), 'it stays as long as other versions do');

  const forced = await trainFile(folder, join(folder, 'worse.csv'), { force: true });
  t.match(forced, { outcome: 'published', version: '3', gate: { reason: /by force/ } });
});

t.test('what is worse than the current model is rejected, though better than none', async (t) => {
  const folder = t.testdir();
  const rows = rowsOfPlaylists(0, 480);
  await trainRows(folder, 'data.csv', rows);
  // Half of the playlists make no sense any more.
  const half = new Set(ids.slice(0, 480).filter((_, i) => i % 2 === 0));
  const spoiled = [
    ...rows.filter(([id]) => half.has(id)),
    ...shuffled(rows.filter(([id]) => !half.has(id))),
  ];
  const { outcome, gate } = await trainRows(folder, 'spoiled.csv', spoiled);
  t.equal(outcome, 'rejected');
  t.match(gate!.reason, /worse than what serves/);
  t.ok(gate!.figures.toCurrentHigh < 1);
});

t.test(
  'a judged model that cannot be read just now ends the training, a lost one is none',
  async (t) => {
    const folder = t.testdir();
    await trainRows(folder, 'data.csv', rowsOfPlaylists(0, 400));
    const snapshots = join(folder, 'store/snapshots');
    const name = readdirSync(snapshots).find((one) => one.endsWith('.judged.msgpack'))!;
    rmSync(join(snapshots, name));
    // What a folder gives to who reads it as a file is an error of the volume.
    mkdirSync(join(snapshots, name));
    const again = () => trainRows(folder, 'more.csv', rowsOfPlaylists(0, 410));
    await t.rejects(again(), { code: 'store-unusable' });
    rmSync(join(snapshots, name), { recursive: true });
    t.match(await again(), { outcome: 'published', gate: { reason: /nothing to compare with/ } });
    const [newer] = readdirSync(snapshots).filter((one) => one.endsWith('.judged.msgpack'));
    writeFileSync(join(snapshots, newer), 'damaged');
    t.match(await trainRows(folder, 'most.csv', rowsOfPlaylists(0, 420)), {
      ...{ outcome: 'published', gate: { reason: /nothing to compare with/ } },
    });
  },
);

t.test('another collection takes the place without being compared', async (t) => {
  const folder = t.testdir();
  await trainRows(folder, 'one.csv', rowsOfPlaylists(0, 400));
  const others = rowsOfPlaylists(0, 400).map(([id, ...song]): Row => [`other ${id}`, ...song]);
  const { outcome, gate } = await trainRows(folder, 'two.csv', others);
  t.equal(outcome, 'published');
  t.match(gate, { reason: /another collection/, figures: { shared: 0 } });
});

t.test(
  'playlists of one song ask nothing: with too many of them there is no comparison',
  async (t) => {
    const folder = t.testdir();
    const first = new Set<string>();
    // Of every five playlists one is whole, and of the others the first song is left.
    const rows = rowsOfPlaylists(0, 600).filter(([id]) => {
      const isFirst = !first.has(id);
      first.add(id);
      return isFirst || ids.indexOf(id) % 5 === 0;
    });
    await trainRows(folder, 'one.csv', rows);
    const { outcome, gate } = await trainRows(folder, 'two.csv', rows.toReversed());
    t.equal(outcome, 'published');
    t.match(
      gate!.reason,
      /^better than popularity; not compared: \d+ playlists are new to both, 100/,
    );
    t.ok(gate!.figures.heldOut >= 100 && gate!.figures.compared < 100);
  },
);

t.test('too few playlists cannot judge, and say so', async (t) => {
  const folder = t.testdir();
  const { outcome, gate } = await trainRows(folder, 'few.csv', rowsOfPlaylists(0, 60));
  t.equal(outcome, 'published');
  t.match(gate!.reason, /^not judged: \d+ playlists are held out, 100 are needed$/);
  const [head] = await readHeads(join(folder, 'store'));
  t.equal(await readJudged(join(folder, 'store'), head), undefined);
});

t.test('a served model is never measured on held-out playlists', async (t) => {
  const folder = t.testdir();
  await trainRows(folder, 'data.csv', rowsOfPlaylists(0, 400));
  const store = join(folder, 'store');
  const [head] = await readHeads(store);
  const served = toModel(head, await readSnapshot(store, head));
  const judged = toModel(head, (await readJudged(store, head))!);
  const set = await setOf(rowsOfPlaylists(0, 400));
  const held = await holdOut(set);
  await t.rejects(examine(set, held, served), RangeError);
  t.match(await examine(set, held, judged), { figures: { heldOut: held.heldOut.length } });
  const cases = questionsOf(set, held.seen.subarray(0, 1), { ks: [1], seeds: 'random' });
  await t.rejects(
    measureUnseen(set.catalogue, held.hashes, cases, judged, rank),
    /has seen playlist/,
  );
});

t.test('a playlist is held out wherever it is', async (t) => {
  const hashesOf = async (rows: readonly Row[]) => {
    const set = await setOf(rows);
    const { hashes, heldOut } = await holdOut(set);
    return { byId: new Map(set.ids.map((id, row) => [id, hashes[row]])), count: heldOut.length };
  };
  const whole = await hashesOf(sample);
  const part = await hashesOf(rowsOfPlaylists(100, 200));
  for (const [id, hash] of part.byId) t.equal(hash, whole.byId.get(id));
  t.ok(whole.count > 450 && whole.count < 550, `${whole.count} of ${ids.length}: enough`);
});

const options = existsSync(sharedPlaylists) ? {} : { skip: 'skipped: no shared data' };

t.test(
  'real playlists: ds2 after ds1 passes, ds2 with its songs shuffled does not',
  options,
  async (t: Test) => {
    const folder = t.testdir();
    const path = (name: string) => join(sharedPlaylists, `playlist-sample-${name}.csv`);
    t.match(await trainFile(folder, path('ds1')), { outcome: 'published', version: '1' });
    t.match(await trainFile(folder, path('ds2')), { outcome: 'published', version: '2' });
    const lines = readFileSync(path('ds2'), 'utf8').trim().split('\n').slice(1);
    // The first field is the playlist; no song has a line break.
    const rows = lines.map((line): Row => [line.slice(0, line.indexOf(',')), line, 'x']);
    t.match(await trainRows(folder, 'shuffled.csv', shuffled(rows)), { outcome: 'rejected' });
  },
);
