/**
 * Measures what recommend costs on top of its framework, and writes `serving.md`. Everything that
 * is compared runs alternately in one run, because only ratios outlive a machine.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { matchSongs } from '../functions/recommend/match.ts';
import { toModel } from '../functions/recommend/model.ts';
import { findSongs, recommend } from '../functions/recommend/recommend.ts';
import { rank } from '../functions/recommend/score.ts';
import { writeAnswer, writeBriefAnswer } from '../functions/recommend/write.ts';
import { encodeSnapshot } from '../shared/snapshot.ts';
import { writeSnapshot } from '../shared/store/files.ts';
import { publish } from '../shared/store/publish.ts';
import { readLatest } from '../shared/store/versions.ts';
import { median } from './median.ts';
import { asImage, inPlaceOfRecommend } from './serving/asImage.ts';
import { type Load, load } from './serving/load.ts';
import { dataFolder, type ServingModel, servingModel } from './serving/model.ts';
import { paced } from './serving/paced.ts';
import { memoryMib, type Running, type Server, start } from './serving/process.ts';
import { cpuMs } from './serving/processor.ts';
import { overload, type Row, slowest, timeAtRates } from './serving/rates.ts';
import { drawRequests, type Request } from './serving/requests.ts';

const run = promisify(execFile);
const here = import.meta.dirname;
const dist = join(here, '../dist');
const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 4);
/** V8 compiles most of what it will within so many seconds of full load, and a few functions later. */
const warmUpSeconds = 5;

const node = process.execPath;
/** Whoever shares the cores makes times longer; processor times and ratios suffer less. */
const [busy] = loadavg();
const emptyServer = `require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')`;

async function main(): Promise<void> {
  const model = await servingModel();
  const five = drawRequests(model.snapshot, { count: 1000, sizes: [5, 5], seed: 1 });
  const any = drawRequests(model.snapshot, { count: 1000, sizes: [1, 25], seed: 2 });
  const image = await asImage('recommend', dist, join(dataFolder, 'serving-code'));
  const ours: Server = {
    ...image,
    environment: { ...image.environment, STORE: model.store },
  };
  const bare: Server = {
    name: 'bare Fastify',
    command: [node, join(here, 'serving/bare.ts')],
    environment: { ANSWER: await constantAnswer(model, five) },
  };
  const flask = await flaskServer(model);
  const rows: Row[] = [
    ...describeSnapshot(model),
    ...(await timeStart(ours, five[0])),
    ...(await timeOpen(model, five[0])),
    ...timeScoring(model, five, any),
  ];
  const { rows: throughput, peak, chart } = await compareThroughput([ours, bare, flask], five);
  rows.push(...throughput);
  rows.push(...(await compareBatch(ours, five, peak)));
  rows.push(
    ...(await timeAtRates([ours, bare], {
      ...{ five, any, peak },
      ...{ seconds: seconds / 2, rounds },
    })),
  );
  rows.push(...(await overload(ours, { requests: five, peak, seconds })));
  rows.push(...(await measureMemory(ours, model, any, peak)));
  await writeReport(rows, chart);
}

/** A file with a constant answer of the median size of those that the model gives. */
async function constantAnswer(model: ServingModel, requests: Request[]): Promise<string> {
  const ready = toModel(model.head, model.snapshot);
  const sizes = requests.map((request) => JSON.stringify(recommend(ready, request)).length);
  const path = join(dataFolder, 'answer.json');
  await writeFile(path, JSON.stringify('x'.repeat(median(sizes) - 2)));
  return path;
}

/** The peer in Python, in an environment of its own, with the model's rules. */
async function flaskServer({ store }: ServingModel): Promise<Server> {
  const venv = join(dataFolder, 'venv');
  const gunicorn = join(venv, 'bin/gunicorn');
  if (!(await exists(gunicorn))) {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', 'flask', 'gunicorn']);
  }
  const rules = join(dataFolder, 'rules.csv');
  const shell = join(here, '../functions/cli.ts');
  await run(node, [shell, 'rules', '--store', store, '--csv', '--output', rules]);
  const options = ['--chdir', join(here, 'serving'), '--log-level', 'error', '--timeout', '120'];
  return {
    name: 'Flask',
    command: [
      'sh',
      '-c',
      `exec ${gunicorn} -k gthread --threads 4 ${options.join(' ')} -b 127.0.0.1:$PORT peer:app`,
    ],
    environment: { RULES: rules },
  };
}

function describeSnapshot({ head, snapshot }: ServingModel): Row[] {
  const { counts } = snapshot.facts;
  // 8 bytes a pair rule, 6 an artist's, 90 for the names of a song and what finds them.
  const most = 8 * counts.rules + 6 * counts.artistRules + 90 * counts.songs;
  return [
    ['songs, playlists', `${counts.songs}, ${counts.transactions}`, ''],
    ['pair rules', String(counts.rules), '1 M within 5 %'],
    ['rules of artists', String(counts.artistRules), ''],
    ['snapshot', `${(head.bytes / 2 ** 20).toFixed(1)} MiB`, `${(most / 2 ** 20).toFixed(1)} MiB`],
  ];
}

async function timeStart(ours: Server, request: Request): Promise<Row[]> {
  const body = JSON.stringify(request);
  const lean = await inPlaceOf('lean');
  const empty: Server = { name: 'node', command: [node, '-e', emptyServer], environment: {} };
  // Without the last parameter, which names the file of code.
  const plain = { ...ours, command: ours.command.slice(0, -1) };
  const times = { empty: [], lean: [], plain: [], ours: [] } as Record<string, Running[]>;
  for (let round = 0; round < 2 * rounds; round++) {
    for (const [name, server, asked] of [
      ['empty', empty, undefined],
      ['lean', lean, body],
      ['plain', plain, body],
      ['ours', ours, body],
    ] as const) {
      const running = await start(server, asked);
      await running.stop();
      times[name].push(running);
    }
  }
  const of = (name: string, key: 'startMs' | 'startCpuMs') =>
    median(times[name].map((running) => running[key]));
  const against = (name: string, key: 'startMs' | 'startCpuMs') =>
    `${of(name, key).toFixed(0)} ms, ${(of(name, key) / of('empty', key)).toFixed(2)} x`;
  return [
    ['an HTTP server of node alone: spawned to first 200', against('empty', 'startMs'), ''],
    ['bare Fastify, bundled and with its code kept', against('lean', 'startMs'), ''],
    ['recommend with the model', against('ours', 'startMs'), 'at most 2 x'],
    ['recommend without the code that its image keeps', against('plain', 'startMs'), ''],
    ['processor time: node alone', against('empty', 'startCpuMs'), ''],
    ['processor time: bare Fastify', against('lean', 'startCpuMs'), ''],
    ['processor time: recommend', against('ours', 'startCpuMs'), ''],
  ];
}

/** A script of this bench in the place of recommend, see asImage.ts. */
function inPlaceOf(name: string): Promise<Server> {
  const to = join(dataFolder, `serving-${name}`);
  return inPlaceOfRecommend(name, join(here, `serving/${name}.ts`), { dist, to });
}

async function timeOpen({ store }: ServingModel, request: Request): Promise<Row[]> {
  const opening = await inPlaceOf('open');
  const environment = { ...opening.environment, STORE: store, REQUEST: JSON.stringify(request) };
  const times: { open: number; ready: number; rules: number }[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const running = await start({ ...opening, environment }, undefined);
    const said = await fetch(`http://127.0.0.1:${running.port}`);
    times.push((await said.json()) as (typeof times)[number]);
    await running.stop();
  }
  const of = (key: 'open' | 'ready' | 'rules') => ms(median(times.map((time) => time[key])));
  return [
    ['snapshot opened and verified', of('open'), ''],
    ['and a query of each route answered', of('ready'), '30 ms'],
    ['a page of rules, for which all are looked at', of('rules'), ''],
  ];
}

function timeScoring({ head, snapshot }: ServingModel, five: Request[], any: Request[]): Row[] {
  const model = toModel(head, snapshot);
  const seeds = five.map(({ songs }) => ({
    songs: [...new Set(matchSongs(model, songs).matched.map(({ song }) => song))],
    artists: [],
  }));
  const found = five.map((request) => findSongs(model, request));
  const memory = Buffer.alloc(2 ** 18);
  const allocate = (bytes: number) => memory.subarray(0, bytes);
  const steps: [string, string, (i: number) => unknown][] = [
    ['scoring alone, 5 songs', 'p50 at most 50 us', (i) => rank(model, seeds[i], 20)],
    ['names of 5 songs matched', '', (i) => matchSongs(model, five[i].songs)],
    ['songs found: names and scoring', '', (i) => findSongs(model, five[i])],
    ['its reasons and its JSON', '', (i) => writeAnswer(model, found[i], allocate)],
    [
      'all of an answer, 1 to 25 songs',
      '',
      (i) => writeAnswer(model, findSongs(model, any[i]), allocate),
    ],
    [
      'a line of a batch, 5 songs',
      '',
      (i) => writeBriefAnswer(model, i, findSongs(model, five[i]), allocate),
    ],
  ];
  return steps.map(([what, bound, step]) => {
    const times: number[] = [];
    let cpu = { user: 0, system: 0 };
    for (let round = 0; round < 4; round++) {
      if (round === 1) cpu = process.cpuUsage();
      for (let i = 0; i < five.length; i++) {
        const began = performance.now();
        step(i);
        if (round > 0) times.push((performance.now() - began) * 1000);
      }
    }
    const { user, system } = process.cpuUsage(cpu);
    return [
      what,
      `${us(median(times))}; ${us((user + system) / times.length)} of processor`,
      bound,
    ];
  });
}

/** The same requests as lines of batches, one batch after the other. */
async function compareBatch(ours: Server, requests: Request[], peak: number): Promise<Row[]> {
  const running = await start(ours, JSON.stringify(requests[0]));
  const body = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
  const ask = async () => {
    const address = `http://127.0.0.1:${running.port}/api/recommend/batch`;
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await fetch(address, { method: 'POST', headers, body });
    const lines = (await answer.text()).trimEnd().split('\n').length;
    if (lines !== requests.length) throw new Error(`The batch has ${lines} answers.`);
  };
  for (const end = performance.now() + warmUpSeconds * 1000; performance.now() < end; ) await ask();
  const cpuBefore = cpuMs(running.child);
  const began = performance.now();
  for (let round = 0; round < rounds; round++) await ask();
  const lines = rounds * requests.length;
  const perLineUs = ((cpuMs(running.child) - cpuBefore) * 1000) / lines;
  const rate = (lines / (performance.now() - began)) * 1000;
  await running.stop();
  return [
    [
      'batches of 1,000 lines, 5 songs each',
      `${perSecond(rate)}, ${(rate / peak).toFixed(1)} x the single route`,
      'at least 3 x',
    ],
    ['processor time of a line', us(perLineUs), ''],
  ];
}

async function compareThroughput(
  servers: readonly Server[],
  requests: Request[],
): Promise<{ rows: Row[]; peak: number; chart: [string, number][] }> {
  const loads = new Map<string, Load[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) {
      const running = await start(server, JSON.stringify(requests[0]));
      const options = { requests, connections: 16 };
      await load(running, { ...options, seconds: warmUpSeconds });
      loads.get(server.name)?.push(await load(running, { ...options, seconds }));
      await running.stop();
    }
  }
  const of = (name: string, key: 'perSecond' | 'cpuUs') =>
    median((loads.get(name) ?? []).map((one) => one[key]));
  const [ours, bare, flask] = servers.map(({ name }) => of(name, 'perSecond'));
  const [oursCpu, bareCpu] = servers.map(({ name }) => of(name, 'cpuUs'));
  return {
    peak: ours,
    chart: servers.map(({ name }) => [name, of(name, 'perSecond')]),
    rows: [
      ['bare Fastify, the same body, an answer of the same size', perSecond(bare), ''],
      ['recommend, 5 songs', `${perSecond(ours)}, ${(ours / bare).toFixed(2)} x`, 'at least 0.5 x'],
      ['Flask with rules in a dictionary', perSecond(flask), ''],
      ['recommend against Flask', `${(ours / flask).toFixed(1)} x`, 'at least 15 x'],
      ['processor time of an answer: bare Fastify', us(bareCpu), ''],
      [
        'processor time of an answer: recommend',
        `${us(oursCpu)}, ${(bareCpu / oursCpu).toFixed(2)} of its speed`,
        '',
      ],
      // One core answers them one after the other, so the last of them waits for all.
      [
        'requests in flight that one core answers in 5 ms',
        String(Math.floor(5000 / oursCpu)),
        'target in knative/base',
      ],
    ],
  };
}

async function measureMemory(
  ours: Server,
  model: ServingModel,
  requests: Request[],
  peak: number,
): Promise<Row[]> {
  const running = await start(
    { ...ours, environment: { ...ours.environment, POLL_MS: '100' } },
    JSON.stringify(requests[0]),
  );
  const options = { requests, connections: 16 };
  for (let answered = 0; answered < 100_000; ) {
    const { perSecond } = await load(running, { ...options, seconds: 10 });
    answered += perSecond * 10;
  }
  // The same model under another key: a snapshot of the same size, written before anything is timed.
  const { facts } = model.snapshot;
  const key = `${facts.key}2`;
  const bytes = encodeSnapshot({ ...model.snapshot, facts: { ...facts, key } });
  const file = await writeSnapshot(model.store, bytes);
  const before = memoryMib(running.child);
  const quarter = { requests, seconds: 4, rate: peak / 4, connections: 256 };
  const without = await paced(running, quarter);
  await writeFile(`/proc/${running.child.pid}/clear_refs`, '5');
  const loading = paced(running, quarter);
  await sleep(1500);
  await publish(model.store, file, { key, sequence: '7ZZZZZZZZZZZZZZZZZZZZZZZZZ' });
  const within = await loading;
  const after = memoryMib(running.child);
  await running.stop();
  const { found } = await readLatest(model.store, 0);
  if (found?.head.seq !== 2) throw new Error('The second version was not published.');
  return [
    ['resident memory after 100,000 requests', mib(before.now), 'at most 100 MiB'],
    [
      'its peak in a swap',
      `${mib(after.peak)}, ${(after.peak / before.now).toFixed(2)} x`,
      '1.2 x',
    ],
    ['slowest of as many requests without a swap', slowest(without), ''],
    ['slowest request around the swap', slowest(within), '50 ms'],
  ];
}

async function writeReport(
  rows: readonly Row[],
  chart: readonly [string, number][],
): Promise<void> {
  const most = Math.max(...chart.map(([, value]) => value));
  const [cpu] = cpus();
  const text = `# What an answer costs

Written by \`make bench-serving\`: model R of a million pair rules and 50 thousand songs, trained by
\`segue train\`; requests of songs drawn by popularity, no two equal; ${cpus().length} cores (${cpu.model.trim()}),
Node ${process.version}; medians of ${rounds} rounds in which peers alternate. The load average was
${busy.toFixed(1)} before it began: where it is not near 0, only processor times and ratios tell.

| what | measured | bound |
| --- | --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

\`\`\`mermaid
xychart-beta
  title "Answers a second: 5 songs, 20 recommendations with reasons"
  x-axis [${chart.map(([name]) => `"${name}"`).join(', ')}]
  y-axis "requests/s" 0 --> ${Math.ceil(most)}
  bar [${chart.map(([, value]) => value.toFixed(0)).join(', ')}]
\`\`\`

${await readFile(join(here, 'serving/bounds.md'), 'utf8')}`;
  await writeFile(join(here, 'serving.md'), text);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const us = (value: number) => `${value.toFixed(0)} us`;
const mib = (value: number) => `${value.toFixed(0)} MiB`;
const perSecond = (value: number) => `${value.toFixed(0)} requests/s`;

await mkdir(dataFolder, { recursive: true });
await main();
