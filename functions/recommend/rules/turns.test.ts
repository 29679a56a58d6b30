import t from 'tap';
import { oneAfterAnother, type Work } from './turns.ts';

/** Work that takes so many milliseconds and notes when it is done. */
function* takes(ms: number, name: string, done: string[]): Work<string> {
  const end = performance.now() + ms;
  while (performance.now() < end) yield;
  done.push(name);
  return name;
}

/** Work that is done when something else has had its turn. */
function* until(met: () => boolean, name: string, done: string[]): Work<string> {
  while (!met()) yield;
  done.push(name);
  return name;
}

const waits = new AbortController().signal;

t.test('works go one after the other, and others get their turns in between', async (t) => {
  const inTurn = oneAfterAnother();
  const done: string[] = [];
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  const results = await Promise.all(
    ['a', 'b', 'c'].map((name, i) =>
      inTurn(async () => until(() => turns > 2 * i, name, done), waits),
    ),
  );
  clearInterval(count);
  t.same(results, ['a', 'b', 'c']);
  t.same(done, ['a', 'b', 'c']);
});

t.test('a failure is its own only', async (t) => {
  const inTurn = oneAfterAnother();
  const failing = inTurn(async () => {
    throw new Error('broken');
  }, waits);
  const next = inTurn(async () => takes(1, 'next', []), waits);
  await t.rejects(failing, { message: 'broken' });
  t.equal(await next, 'next');
});

t.test('nothing is done for who does not wait, at work or in the queue', async (t) => {
  const inTurn = oneAfterAnother();
  const done: string[] = [];
  const gone = new AbortController();
  const atWork = inTurn(async () => takes(60_000, 'endless', done), gone.signal);
  const queued = inTurn(async () => takes(1, 'queued', done), gone.signal);
  const other = inTurn(async () => takes(1, 'other', done), waits);
  setTimeout(() => gone.abort(new Error('gone')), 20);
  await t.rejects(atWork, { message: 'gone' });
  await t.rejects(queued, { message: 'gone' });
  t.equal(await other, 'other');
  t.same(done, ['other']);
});

t.test('when too many wait, the next is refused, and later ones are not', async (t) => {
  const inTurn = oneAfterAnother();
  const tries = Array.from({ length: 12 }, () => inTurn(async () => takes(1, 'x', []), waits));
  const results = await Promise.allSettled(tries);
  const refused = results.filter(({ status }) => status === 'rejected');
  t.equal(refused.length, 3);
  t.match(refused[0], { reason: { code: 'overloaded' } });
  t.equal(await inTurn(async () => takes(1, 'x', []), waits), 'x');
});
