import { join } from 'node:path';
import t from 'tap';
import { readJudged, readSnapshot } from '../../shared/store/files.ts';
import { findVersion } from '../../shared/store/versions.ts';
import { toModel } from '../recommend/model.ts';
import type { Row } from './read/sample.ts';
import { headsByChance, replay } from './replay.ts';
import { setOf, settingsWith, writeDataset } from './sample.ts';
import { train } from './train.ts';

/** Playlists of ten songs of a world of their own, and such in which the worlds are mixed up. */
function worlds(mixed: boolean): Row[] {
  return Array.from({ length: 900 }, (_, id) =>
    Array.from({ length: 10 }, (_, i): Row => {
      const world = mixed ? (id * 7 + i * 3) % 20 : id % 20;
      return [`${id}`, `song ${world} ${(id * 3 + i) % 15}`, 'Somebody'];
    }),
  ).flat();
}

t.test('a model that has learnt nothing misses what the other one hits', async (t) => {
  const folder = t.testdir({});
  const store = join(folder, 'store');
  for (const mixed of [false, true]) {
    writeDataset(folder, `${mixed}.csv`, worlds(mixed));
    const result = await train({
      ...{ paths: [join(folder, `${mixed}.csv`)], store, keepVersions: 10, pinned: [] },
      settings: settingsWith({ tuningFits: 0 }),
      force: true,
    });
    t.equal(result.outcome, 'published');
  }
  const judged = async (version: string) => {
    const head = await findVersion(store, version);
    return toModel(head, (await readJudged(store, head))!);
  };
  const [sense, nonsense] = [await judged('1'), await judged('2')];
  const set = await setOf(worlds(false));
  const found = await replay(set, sense, nonsense);
  t.ok(found.playlists >= 200, `${found.playlists} playlists`);
  t.ok(found.stableHits > 0.9 * found.playlists);
  t.ok(found.canaryHits < found.stableHits);
  t.ok(found.pValue < 0.01);
  t.ok((await replay(set, nonsense, sense)).pValue > 0.99);
  const same = await replay(set, sense, sense);
  t.equal(same.canaryHits, same.stableHits);
  t.equal(same.pValue, 1);

  const head = await findVersion(store, '1');
  const served = toModel(head, await readSnapshot(store, head));
  await t.rejects(replay(set, sense, served), /only a judged one/);
});

t.test('the chance of heads is that of the binomial distribution', async (t) => {
  t.equal(headsByChance(0, 0), 1);
  t.equal(headsByChance(0, 9), 1);
  t.ok(Math.abs(headsByChance(3, 3) - 1 / 8) < 1e-12);
  // (45 + 10 + 1) / 1024: eight heads or more in ten throws.
  t.ok(Math.abs(headsByChance(8, 10) - 56 / 1024) < 1e-12);
  t.ok(headsByChance(700, 1000) < 1e-30);
});
