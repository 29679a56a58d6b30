import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { seededRandom } from '../../shared/random.ts';
import { nameAt } from '../../shared/snapshot.ts';
import { noHead } from '../../shared/store/heads.ts';
import { explain } from '../recommend/explain.ts';
import { artistOf, titleOf, toModel } from '../recommend/model.ts';
import { antecedentSongs } from '../recommend/rules/lookup.ts';
import { rank } from '../recommend/score.ts';
import { allRows } from './evaluate/folds.ts';
import { choose, learn } from './learn.ts';
import { toSnapshot } from './publish.ts';
import type { Row } from './read/sample.ts';
import { type Claim, recounter } from './recount.ts';
import { setOf, settingsWith, together } from './sample.ts';

const rows: Row[] = gunzipSync(
  readFileSync(join(import.meta.dirname, '../../datasets/sample.csv.gz')),
)
  .toString()
  .trim()
  .split('\n')
  .slice(1, 12_000)
  .map((line) => line.split(',') as Row);

t.test('the reasons of a thousand answers hold in the playlists', async (t) => {
  const set = await setOf(rows);
  // Some rules are listed, and some are counted; some begin with two songs.
  const settings = settingsWith({ tuningFits: 0, maxVisits: 1500, maxLength: 3 });
  const chosen = await choose(set, allRows(set), settings);
  const { rules, scoring } = await learn(set, chosen);
  const facts = {
    ...{ key: '', datasets: [], counts: { transactions: set.ids.length }, scoring, metrics: {} },
    ...{ settings: chosen.parameters, judged: null },
  };
  const model = toModel(noHead, await toSnapshot(facts, set.catalogue, rules));
  t.ok(rules.ruleConsequents.length > 0 && rules.rowSongs.length > 0, 'both kinds are there');
  const seed = Date.now() >>> 0;
  t.comment(`seed ${seed}`);
  const random = seededRandom(seed);
  const named = (song: number) => ({ track: titleOf(model, song), artist: artistOf(model, song) });
  const recount = recounter(set);
  const kinds = { rule: 0, artist: 0, long: 0 };
  let wrong = 0;
  for (let answers = 0; answers < 1000; ) {
    const from = Math.floor(random() * set.ids.length);
    const [start, end] = set.transactions.offsets.subarray(from, from + 2);
    const count = 1 + Math.floor(random() * 8);
    const songs = [...set.transactions.items.subarray(start, end)].slice(0, count);
    const seeds = { songs, artists: [] };
    const ranking = rank(model, seeds, 5);
    const explained = explain(model, seeds, ranking, 3);
    for (const [place, song] of ranking.songs.entries()) {
      answers++;
      const reasons = explained[place];
      const claims = reasons.map((reason): Claim => {
        if (reason.kind === 'artist') {
          return { artist: nameAt(model.snapshot.artists, reason.artist) };
        }
        const parts = antecedentSongs(model, reason.antecedent);
        if (parts.length > 1) kinds.long++;
        return { songs: parts.map(named) };
      });
      for (const [i, counts] of recount(named(song), claims).entries()) {
        kinds[reasons[i].kind]++;
        const { together, given } = reasons[i];
        if (counts.together !== together || counts.given !== given) wrong++;
      }
    }
  }
  t.equal(wrong, 0);
  t.ok(Math.min(...Object.values(kinds)) > 0, `all kinds are among them: ${JSON.stringify(kinds)}`);
});

t.test('a song that is in no playlist is in none with any other', async (t) => {
  const recount = recounter(await setOf(together(['a', 'b'], 3)));
  const [a, none] = ['a', 'none'].map((track) => ({ track, artist: 'Somebody' }));
  t.strictSame(recount(a, [{ songs: [none] }, { artist: 'Nobody' }]), [
    { given: 0, together: 0 },
    { given: 0, together: 0 },
  ]);
  t.strictSame(recount(none, [{ songs: [a] }]), [{ given: 3, together: 0 }]);
});
