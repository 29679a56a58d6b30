import t from 'tap';
import { allRows } from './evaluate/folds.ts';
import { choose } from './learn.ts';
import type { Row } from './read/sample.ts';
import { setOf, settingsWith } from './sample.ts';
import type { ScoringSettings } from './settings.ts';

/** Playlists of five songs of one of two groups: enough to hold forty of them out. */
const rows = Array.from({ length: 300 }, (_, i) =>
  [0, 1, 2, 3, 4].map((at): Row => {
    const song = `${i % 2 ? 'x' : 'y'} ${(i * 7 + at * (1 + (i % 3))) % 12}`;
    return [String(i), song, `artist ${song}`];
  }),
).flat();
const minSupport = { count: 2 };
const scoringWith = (changes: Partial<ScoringSettings>) => ({
  scoring: { ...settingsWith().scoring, ...changes },
});

t.test('as many fits are made as may be, and each class of requests has a value', async (t) => {
  const set = await setOf(rows);
  for (const tuningFits of [1, 3]) {
    const { metrics, scoring } = await choose(
      set,
      allRows(set),
      settingsWith({ minSupport, tuningFits }),
    );
    t.equal(metrics.tuningFits, tuningFits);
    t.ok(metrics.tuningNdcg100At1 > 0.3 && metrics.tuningNdcg100At3 > 0.3);
    t.notOk('tuningNdcg100At7' in metrics, 'no playlist is so long');
    t.strictSame(
      scoring.bySeeds[2],
      scoring.bySeeds[1],
      'what cannot be tuned is as for fewer songs',
    );
  }
  const untouched = await choose(set, allRows(set), settingsWith({ minSupport, tuningFits: 0 }));
  t.strictSame(untouched.metrics, {});
});

t.test('what is given is not tuned', async (t) => {
  const set = await setOf(rows);
  const given = { lengthExponent: 0.125, fixed: { shrinkage: 17, longWeight: 0 } };
  const settings = settingsWith({ minSupport, ...scoringWith(given) });
  const { scoring, parameters, metrics } = await choose(set, allRows(set), settings);
  t.equal(metrics.tuningFits, 1, 'there is one length exponent to try');
  t.equal(scoring.lengthExponent, 0.125);
  t.equal(parameters.lengthExponent, 0.125);
  for (const { shrinkage, longWeight } of scoring.bySeeds) {
    t.strictSame([shrinkage, longWeight], [17, 0]);
  }
});

t.test('many entries are tuned with one fit, few playlists with none', async (t) => {
  const set = await setOf(rows);
  const items = new Uint32Array(5_000_001);
  items.set(set.transactions.items);
  const large = { ...set, transactions: { ...set.transactions, items } };
  const settings = settingsWith({ minSupport });
  t.equal((await choose(large, allRows(set), settings)).metrics.tuningFits, 1);
  const few = await setOf(rows.slice(0, 500));
  t.strictSame((await choose(few, allRows(few), settings)).metrics, {});
});

t.test('an abort ends the tuning with its reason', async (t) => {
  const set = await setOf(rows);
  const reason = new Error('enough');
  const stopped = choose(
    set,
    allRows(set),
    settingsWith({ minSupport }),
    AbortSignal.abort(reason),
  );
  await t.rejects(stopped, reason);
});
