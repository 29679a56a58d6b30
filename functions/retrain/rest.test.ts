import t from 'tap';
import { rester } from './rest.ts';

/** Rests until others have had a turn. */
async function restUntilTurn(rest: () => Promise<void>): Promise<void> {
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  while (!turned) await rest();
}

t.test('others get their turn, and an abort ends the work with its reason', async (t) => {
  await t.resolves(restUntilTurn(rester(undefined)));
  const abort = new AbortController();
  const rest = rester(abort.signal);
  await t.resolves(restUntilTurn(rest));
  const reason = new Error('enough');
  abort.abort(reason);
  await t.rejects(async () => {
    for (;;) await rest();
  }, reason);
});
