import { once } from 'node:events';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { ulid } from 'ulid';
import { seedParameters } from '../../shared/scoring.ts';
import { readSnapshot } from '../../shared/store/files.ts';
import { readHeads } from '../../shared/store/heads.ts';
import type { Row } from './read/sample.ts';
import {
  chance,
  sequence,
  settingsWith,
  sharedPlaylists,
  together,
  writeDataset,
} from './sample.ts';
import type { ScoringSettings } from './settings.ts';
import { type StepDone, type TrainRequest, train, trainingKey } from './train.ts';

/** Trains into `<folder>/store` on files of the folder. */
function trainIn(
  folder: string,
  names: readonly string[],
  changes: Partial<TrainRequest> = {},
  onStep?: (step: StepDone) => void,
  signal?: AbortSignal,
) {
  const request: TrainRequest = {
    paths: names.map((name) => join(folder, name)),
    store: join(folder, 'store'),
    settings: settingsWith(),
    keepVersions: 10,
    pinned: [],
    ...changes,
  };
  return train(request, onStep, signal);
}

/** What serves, head by head. */
async function served(folder: string): Promise<[version: string, cause: string][]> {
  const heads = await readHeads(join(folder, 'store'));
  return heads.map(({ version, cause }) => [version, cause]);
}

const abc = together(['a', 'b', 'c']);
const xyz = together(['x', 'y', 'z']);

t.test('a data set becomes a snapshot that tells where it is from', async (t) => {
  const folder = t.testdir();
  const rows: Row[] = [...abc, ['9', 'a', 'Somebody'], ['9', 'a', 'Somebody']];
  const { sha256, bytes } = writeDataset(folder, 'abc.csv', rows);
  const steps: StepDone[] = [];
  const settings = settingsWith({ maxVisits: 0 });
  const result = await trainIn(folder, ['abc.csv'], { settings }, (step) => steps.push(step));
  t.match(result, { outcome: 'published', version: '1', minSupport: 1 });
  t.notOk('rejectedReport' in result);
  t.strictSame(
    steps.map(({ step }) => step),
    ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot', 'publish'],
  );
  const [head] = await readHeads(join(folder, 'store'));
  t.match(head, { version: '1', cause: 'published', key: result.key, sha256: result.sha256 });
  const { facts, ruleTogether, supports } = await readSnapshot(join(folder, 'store'), head);
  t.match(facts, {
    key: result.key,
    datasets: [{ name: 'abc.csv', sha256, bytes }],
    settings: { minSupport: 1, maxLength: 2 },
  });
  const counts = { rows: 11, accepted: 11, rejected: 0, repeats: 1, transactions: 4, songs: 3 };
  const rules = { itemsets: 3, rules: 6, artistRules: 3, listed: 9 };
  t.strictSame(facts.counts, { ...counts, artists: 1, ...rules });
  t.strictSame(result.counts, facts.counts);
  t.strictSame([...supports], [4, 3, 3]);
  t.strictSame([...ruleTogether], Array(9).fill(3));
});

t.test('equal input and settings give equal bytes', async (t) => {
  const folder = t.testdir({ one: {}, other: {} });
  const results = [];
  for (const name of ['one', 'other']) {
    writeDataset(join(folder, name), 'abc.csv', abc);
    results.push(await trainIn(join(folder, name), ['abc.csv']));
  }
  t.equal(results[0].sha256, results[1].sha256);
});

t.test(
  'the same again is known: nothing is trained, and the newest asked for serves',
  async (t) => {
    const folder = t.testdir();
    writeDataset(folder, 'abc.csv', abc);
    writeDataset(folder, 'xyz.csv', xyz);
    const first = await trainIn(folder, ['abc.csv']);
    const steps: string[] = [];
    const known = async (name: string, changes: Partial<TrainRequest> = {}) => {
      steps.length = 0;
      const result = await trainIn(folder, [name], changes, ({ step }) => steps.push(step));
      t.strictSame(steps, ['digest'], 'nothing is trained');
      return result;
    };
    t.match(await known('abc.csv'), { outcome: 'unchanged', version: '1', sha256: first.sha256 });
    t.match(await trainIn(folder, ['xyz.csv']), { outcome: 'published', version: '2' });
    t.match(await known('abc.csv'), { outcome: 'again', version: '1', sha256: first.sha256 });
    t.strictSame(await served(folder), [
      ['1', 'published'],
      ['2', 'published'],
      ['1', 'again'],
    ]);
    t.equal(readdirSync(join(folder, 'store/snapshots')).length, 2);
  },
);

t.test('of two uploads the newer one serves, whichever is trained first', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', abc);
  writeDataset(folder, 'xyz.csv', xyz);
  const ask = (name: string, number: number) =>
    trainIn(folder, [name], { sequence: sequence(number) });
  t.match(await ask('xyz.csv', 2), { outcome: 'published', version: '1' });
  t.match(await ask('abc.csv', 1), { outcome: 'superseded', version: '1' });
  t.match(await ask('xyz.csv', 2), { outcome: 'unchanged', version: '1' });
  t.strictSame(await served(folder), [['1', 'published']]);
  // The same data, uploaded anew: what was uploaded between is superseded from then on.
  t.match(await ask('xyz.csv', 4), { outcome: 'again', version: '1' });
  t.match(await ask('abc.csv', 3), { outcome: 'superseded', version: '1' });
});

t.test('a person who asks now is above uploads from a clock that is ahead', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', abc);
  writeDataset(folder, 'xyz.csv', xyz);
  await trainIn(folder, ['abc.csv'], { sequence: '7ZZZZZZZZZZZZZZZZZZZZZZZZZ' });
  t.match(await trainIn(folder, ['xyz.csv']), { outcome: 'published', version: '2' });
});

t.test('a damaged snapshot is no answer: it is trained again', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', abc);
  writeDataset(folder, 'xyz.csv', xyz);
  const { sha256 } = await trainIn(folder, ['abc.csv']);
  const path = join(folder, 'store/snapshots', `${sha256}.msgpack`);
  writeFileSync(path, 'damaged');
  t.match(await trainIn(folder, ['abc.csv']), { version: '1', sha256, counts: { rules: 6 } });
  const serving = async () => (await readHeads(join(folder, 'store'))).at(-1)!;
  await t.resolves(readSnapshot(join(folder, 'store'), await serving()));
  await trainIn(folder, ['xyz.csv']);
  rmSync(path);
  t.match(await trainIn(folder, ['abc.csv']), { version: '1', sha256, counts: { rules: 6 } });
  await t.resolves(readSnapshot(join(folder, 'store'), await serving()));
});

t.test('settings make another training, and so does the order of files', async (t) => {
  const [one, other] = ['a', 'b'].map((digit) => ({ sha256: digit.repeat(64) }));
  const scoringWith = (changes: Partial<ScoringSettings>) =>
    settingsWith({ scoring: { ...settingsWith().scoring, ...changes } });
  const keys = [
    trainingKey([one, other], settingsWith()),
    trainingKey([other, one], settingsWith()),
    trainingKey([one], settingsWith()),
    trainingKey([one], settingsWith({ minSupport: { count: 2 } })),
    trainingKey([one], settingsWith({ minSupport: { share: 0.02 } })),
    trainingKey([one], settingsWith({ maxLength: 3 })),
    trainingKey([one], settingsWith({ maxItemsets: 1 })),
    trainingKey([one], settingsWith({ maxRules: 1 })),
    trainingKey([one], settingsWith({ maxRejectedShare: 1 })),
    trainingKey([one], settingsWith({ columns: { artist: 'band' } })),
    trainingKey([one], settingsWith({ maxVisits: 1 })),
    trainingKey([one], settingsWith({ tuningFits: 1 })),
    ...seedParameters.map((name) => trainingKey([one], scoringWith({ fixed: { [name]: 7 } }))),
    trainingKey([one], scoringWith({ lengthExponent: 7 })),
    trainingKey([one], scoringWith({ aggregation: 'max' })),
  ];
  t.equal(new Set(keys).size, keys.length);
  t.ok(keys.every((key) => /^[0-9a-f]{64}$/.test(key)));
});

t.test('the minimum support is the one given, or allows as many rules as said', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'data.csv', [...abc, ['7', 'a', ''], ['7', 'x', '']]);
  const result = (minSupport: TrainRequest['settings']['minSupport'], maxRules = 100) =>
    trainIn(folder, ['data.csv'], { settings: settingsWith({ minSupport, maxRules }) });
  t.match(await result({ count: 2 }), { minSupport: 2, counts: { rules: 6 } });
  t.match(await result({ share: 0.6 }), { minSupport: 3, counts: { rules: 6 } });
  t.match(await result(undefined), { minSupport: 1, counts: { rules: 8 } });
  t.match(await result(undefined, 6), { minSupport: 2, counts: { rules: 6 } });
});

t.test('nothing is published when something is wrong', async (t) => {
  const folder = t.testdir({ many: {} });
  const fine = writeDataset(folder, 'abc.csv', abc);
  writeDataset(folder, 'empty.csv', '');
  writeDataset(folder, 'header.csv', 'pid,track_name\n');
  writeDataset(folder, 'columns.csv', 'x,y\n1,2\n');
  writeDataset(join(folder, 'many'), 'abc.csv', abc);
  writeDataset(join(folder, 'many'), 'more.csv', xyz);
  const other = 'f'.repeat(64);
  const few = settingsWith({ maxItemsets: 2, maxLength: 3, minSupport: { count: 1 } });
  const cases: [string, Partial<TrainRequest>, { code: string; message?: string }][] = [
    ['missing.csv', {}, { code: 'dataset-missing' }],
    ['empty.csv', {}, { code: 'dataset-empty' }],
    ['header.csv', {}, { code: 'dataset-empty' }],
    ['columns.csv', {}, { code: 'column-missing' }],
    ['abc.csv', { expectedSha256: [other] }, { code: 'dataset-digest', message: other }],
    // One digest vouches for one file.
    ['many', { expectedSha256: [fine.sha256] }, { code: 'dataset-digest', message: 'more.csv' }],
    ['abc.csv', { settings: few }, { code: 'too-many-itemsets', message: 'More than 2 itemsets' }],
    ['abc.csv', { store: join(folder, 'abc.csv') }, { code: 'store-unusable' }],
  ];
  for (const [name, changes, error] of cases) {
    await t.rejects(trainIn(folder, [name], changes), error, name);
  }
  t.strictSame(await served(folder), []);
  const matching = await trainIn(folder, ['abc.csv'], { expectedSha256: [fine.sha256] });
  t.equal(matching.outcome, 'published');
});

t.test('rejected rows are listed, whether or not they are too many', async (t) => {
  const folder = t.testdir();
  const bad = 'pid,track_name\n1,a\n1,b\n1,\n';
  writeDataset(folder, 'bad.csv', bad);
  const inStore = (key: string) => join(folder, 'store/runs', `${key}.rejected.ndjson`);
  const lines = (path: string) => readFileSync(path, 'utf8').trimEnd().split('\n');

  await t.rejects(trainIn(folder, ['bad.csv']), { code: 'too-many-rejected' });
  const [name] = readdirSync(join(folder, 'store/runs'));
  t.match(JSON.parse(lines(join(folder, 'store/runs', name))[0]), { reason: 'title-empty' });
  t.strictSame(await served(folder), []);

  const settings = settingsWith({ maxRejectedShare: 0.5 });
  const result = await trainIn(folder, ['bad.csv'], { settings });
  t.match(result, { rejectedReport: inStore(result.key), counts: { rejected: 1, accepted: 2 } });
  t.equal(lines(inStore(result.key)).length, 1);

  const report = join(folder, 'report.ndjson');
  await trainIn(folder, ['bad.csv'], { report, settings: { ...settings, maxRules: 9 } });
  t.equal(lines(report).length, 1);
});

t.test('a data set that the volume does not give is not the data set’s fault', async (t) => {
  // A socket can be found, but not be opened as a file.
  const folder = mkdtempSync(join(tmpdir(), 'segue-'));
  const server = createServer().listen(join(folder, 'data.csv'));
  t.teardown(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });
  await once(server, 'listening');
  await t.rejects(trainIn(folder, ['data.csv']), { code: 'store-unusable', message: 'data.csv' });
});

t.test('a model is made from what was digested, or not at all', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'data.csv');
  const after = (step: StepDone['step'], change: () => void) => {
    writeDataset(folder, 'data.csv', abc);
    return trainIn(folder, ['data.csv'], { sequence: ulid() }, (done) => {
      if (done.step === step) change();
    });
  };
  const changed = { code: 'dataset-changed', message: /data\.csv is not what it was/ };
  const replace = () => void writeDataset(folder, 'data.csv', xyz);
  await t.rejects(after('digest', replace), changed);
  await t.rejects(
    after('digest', () => appendFileSync(path, '9,d,X\n9,a,X\n')),
    changed,
  );
  await t.rejects(after('table', replace), changed);
  t.strictSame(await served(folder), []);
  const uploadedAgain = () => {
    copyFileSync(path, join(folder, 'other'));
    renameSync(join(folder, 'other'), path);
  };
  t.match(await after('digest', uploadedAgain), { outcome: 'published' });
  writeDataset(folder, 'other.csv', xyz);
  const removed = trainIn(folder, ['other.csv'], {}, ({ step }) => {
    if (step === 'table') rmSync(join(folder, 'other.csv'));
  });
  t.match(await removed, { outcome: 'published' });

  mkdirSync(join(folder, 'mount'));
  writeDataset(join(folder, 'mount'), 'data.csv', [...abc, ['9', 'e', 'X']]);
  const failing = trainIn(folder, ['mount/data.csv'], {}, ({ step }) => {
    if (step !== 'table') return;
    rmSync(join(folder, 'mount'), { recursive: true });
    writeFileSync(join(folder, 'mount'), '');
  });
  await t.rejects(failing, { code: 'store-unusable', message: /ENOTDIR/ });
});

t.test('an abort ends a training with its reason, and nothing is published', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'abc.csv', abc);
  const reason = new Error('enough');
  for (const at of ['digest', 'table', 'transactions'] as const) {
    const abort = new AbortController();
    const onStep = ({ step }: StepDone) => {
      if (step === at) abort.abort(reason);
    };
    await t.rejects(trainIn(folder, ['abc.csv'], {}, onStep, abort.signal), reason, at);
  }
  t.strictSame(await served(folder), []);
});

t.test('old versions go, but neither pinned nor young ones', async (t) => {
  const folder = t.testdir();
  const store = join(folder, 'store');
  const train = async (song: string) => {
    writeDataset(folder, `${song}.csv`, together([song, 'x']));
    await trainIn(folder, [`${song}.csv`], { keepVersions: 1, pinned: ['1'] });
  };
  const versions = async () => (await served(folder)).map(([version]) => version);
  for (const song of ['a', 'b', 'c']) await train(song);
  t.strictSame(await versions(), ['1', '2', '3'], 'all are young');
  const long = new Date(Date.now() - 2 * 3_600_000);
  for (const kind of ['heads', 'snapshots']) {
    for (const name of readdirSync(join(store, kind)))
      utimesSync(join(store, kind, name), long, long);
  }
  await train('d');
  t.strictSame(await versions(), ['1', '4']);
  t.equal(readdirSync(join(store, 'snapshots')).length, 2);
});

const options = existsSync(sharedPlaylists) ? {} : { skip: 'skipped: no shared data' };

t.test('real playlists: ds1, ds2, ds1 ends with the first model', options, async (t) => {
  const folder = t.testdir();
  const trained: string[] = [];
  const ask = (name: string) =>
    trainIn(
      folder,
      [],
      { paths: [join(sharedPlaylists, name)], settings: settingsWith({ tuningFits: 0 }) },
      ({ step }) => step === 'fit' && trained.push(name),
    );
  const names = [1, 2, 1].map((i) => `playlist-sample-ds${i}.csv`);
  const first = await ask(names[0]);
  t.ok(first.counts!.rules > 100_000);
  t.ok(first.counts!.listed <= settingsWith().maxRules);
  await ask(names[1]);
  t.match(await ask(names[2]), { outcome: 'again', version: '1', sha256: first.sha256 });
  t.strictSame(trained, names.slice(0, 2), 'nothing is trained twice');
  t.strictSame((await readHeads(join(folder, 'store'))).at(-1), {
    ...(await readHeads(join(folder, 'store')))[0],
    seq: 3,
    cause: 'again',
    sequence: (await readHeads(join(folder, 'store'))).at(-1)!.sequence,
  });
});

t.test('what is no better than popularity never serves, even where nothing does', async (t) => {
  const folder = t.testdir();
  writeDataset(folder, 'chance.csv', chance(400));
  const rejected = await trainIn(folder, ['chance.csv']);
  t.match(rejected, { outcome: 'rejected', version: '', sha256: '', bytes: 0 });
  t.match(rejected.gate?.reason, /no better than popularity/);
  t.strictSame(await served(folder), []);
  t.match(await trainIn(folder, ['chance.csv'], { force: true }), {
    ...{ outcome: 'published', version: '1' },
    gate: { reason: /^published by force: it is no better than popularity/ },
  });
});

t.test(
  'too much memory ends a training at the next step, whichever it is, with its code',
  async (t) => {
    const folder = t.testdir();
    writeDataset(folder, 'abc.csv', abc);
    const steps = ['digest', 'table', 'transactions', 'tune', 'judge', 'fit', 'snapshot'];
    for (const grown of steps) {
      const maxMemoryBytes = process.memoryUsage.rss() + 2 ** 27;
      const done: string[] = [];
      let ballast = new ArrayBuffer(0);
      const training = trainIn(folder, ['abc.csv'], { maxMemoryBytes }, ({ step }) => {
        done.push(step);
        // What is only asked for takes no memory.
        if (step === grown) ballast = new Uint8Array(2 ** 28).fill(1).buffer;
      });
      await t.rejects(training, { code: 'too-little-memory', message: /--max-memory/ }, grown);
      ballast.transfer(0);
      t.equal(done.at(-1), grown);
      t.strictSame(await served(folder), []);
    }
  },
);
