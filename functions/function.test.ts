import t from 'tap';
import { answering, ended, freePort, start } from './cli/sample.ts';
import { playlists, publishSample } from './recommend/sample.ts';

/** A function under functions-framework, as `npx functions-framework` starts it. */
async function framework(target: string, environment: NodeJS.ProcessEnv) {
  const port = await freePort();
  const parameters = [`--target=${target}`, '--port', String(port)];
  const child = start('node_modules/.bin/functions-framework', parameters, { environment });
  const end = ended(child);
  const stop = () => {
    child.kill('SIGTERM');
    return end;
  };
  return { end, stop, address: `http://localhost:${port}` };
}

const STORE = t.testdir({});
await publishSample(STORE, playlists);

t.test('recommend answers under functions-framework as it does alone', async (t) => {
  const { stop, address } = await framework('recommend', { STORE, LOG_LEVEL: 'silent' });
  t.equal((await answering(`${address}/readyz`)).status, 200);
  const ask = (body: string) =>
    fetch(`${address}/api/recommend`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  const answer = await ask('{"songs": ["Yesterday"], "limit": 1}');
  t.equal(answer.status, 200);
  t.match(await answer.json(), { version: '1', songs: ['Let It Be'] });
  const refused = await ask('{"songs": []}');
  t.equal(refused.status, 400);
  t.match(refused.headers.get('content-type'), 'application/problem+json');
  t.match(await refused.json(), { code: 'bad-request' });
  t.match(await (await fetch(address)).text(), /<title>Segue<\/title>/);
  t.equal((await stop()).stderr, '');
});

t.test('retrain and upload begin there, too', async (t) => {
  const environment = {
    STORE,
    DATASETS: STORE,
    K_SINK: 'http://localhost:9',
    UPLOAD_TOKEN: 'a token of some length',
    LOG_LEVEL: 'silent',
  };
  const retrain = await framework('retrain', environment);
  t.equal((await answering(`${retrain.address}/healthz`)).status, 200);
  const noEvent = await fetch(retrain.address, { method: 'POST', body: 'nothing' });
  t.equal(noEvent.status, 400);
  t.match(noEvent.headers.get('content-type'), 'application/problem+json');
  t.match(await noEvent.json(), { code: 'event-invalid', status: 400 });
  await retrain.stop();

  const upload = await framework('upload', environment);
  t.equal((await answering(`${upload.address}/healthz`)).status, 200);
  t.equal((await fetch(`${upload.address}/datasets`)).status, 401);
  await upload.stop();
});

t.test('a setting that is missing ends the function with one line', async (t) => {
  const { end, address } = await framework('recommend', {});
  await Promise.race([answering(`${address}/readyz`), end]).catch(() => {});
  const { code, stderr } = await end;
  t.equal(code, 78);
  t.match(stderr, /^configuration: .*STORE is missing.*$/m);
});
