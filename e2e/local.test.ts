import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { freePorts, root } from './segue.ts';

const shell = join(root, 'functions/cli.ts');
const sample = join(root, 'datasets/sample.csv.gz');

t.test(
  'the first start trains on the sample and shows a song, the next one trains nothing',
  async (t) => {
    const store = join(t.testdir({}), 'store');
    const first = await startLocal(['--store', store, '--dataset', sample, '--song', 'Yesterday']);
    await first.says('Ctrl-C');
    t.match(first.said(), /Version 1 serves: [\d,]+ rules/);
    t.match(
      first.said(),
      /1 {2}.+ - The Beatles\n(?: {7}.*\n)* {7}.* playlists with Yesterday .* times as often/,
    );
    t.match(first.said(), /ask +http:\/\/localhost:\d+/, 'the address to open');
    const [, address] = /ask +(http:\S+)/.exec(first.said()) ?? [];
    const page = await (await fetch(`${address}/`)).text();
    t.match(page, /data-upload="http:\/\/localhost:\d+"/, 'the page links to the other one');
    t.equal(await first.stop('SIGINT'), 0);

    const second = await startLocal(['--store', store, '--dataset', sample, '--song', 'Nothing']);
    await second.says('Ctrl-C');
    t.notMatch(second.said(), /Version 1 serves/);
    t.match(second.said(), /"Nothing" is not in the playlists/);
    t.equal(await second.stop('SIGTERM'), 0);
  },
);

t.test('a data set that cannot be trained on ends the start in one line', async (t) => {
  const folder = t.testdir({ 'bad.csv': 'colour,size\nred,4\n' });
  const dataset = join(folder, 'bad.csv');
  const started = await startLocal(['--store', join(folder, 'store'), '--dataset', dataset]);
  t.equal(await started.ended, 65);
  t.match(started.complained(), /^(.*\n)?segue: .*no column for the transaction.*\n$/);
});

t.test('a port that is taken ends all functions, and the message names it', async (t) => {
  const taken = createServer().listen(0);
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const started = await startLocal(['--store', join(t.testdir({}), 'store')], {
    UPLOAD_PORT: String(port),
  });
  t.equal(await started.ended, 69);
  t.match(started.complained(), `Another process listens on port ${port}`);
  t.match(started.complained(), 'upload ended by itself');
});

/** `segue local` on free ports, with what it says. */
async function startLocal(parameters: string[], environment: NodeJS.ProcessEnv = {}) {
  const [port, retrainPort, uploadPort] = await freePorts(3);
  const child: ChildProcess = spawn(process.execPath, [shell, 'local', ...parameters], {
    env: {
      ...process.env,
      PORT: String(port),
      RETRAIN_PORT: String(retrainPort),
      UPLOAD_PORT: String(uploadPort),
      TUNING_FITS: '0',
      ...environment,
    },
  });
  t.teardown(() => child.kill());
  const ended = once(child, 'close').then(([code]) => code as number);
  let said = '';
  let complained = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained += text;
  });
  return {
    said: () => said,
    complained: () => complained,
    ended,
    async says(text: string) {
      while (!said.includes(text)) await once(child.stdout as NodeJS.ReadableStream, 'data');
    },
    stop(signal: NodeJS.Signals) {
      child.kill(signal);
      return ended;
    },
  };
}
