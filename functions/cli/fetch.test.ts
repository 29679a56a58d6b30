import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setDefaultCACertificates } from 'node:tls';
import t, { type Test } from 'tap';
import { type FetchLimits, fetchDataset } from './fetch.ts';
import { serveLocally } from './sample.ts';

const certificates: string[] = [];
/** An https server on loopback that this process trusts; the connections it has taken are counted. */
const serve = async (t: Test, answer: RequestListener) => {
  const { host, authority, asked } = await serveLocally(t, answer);
  certificates.push(readFileSync(authority, 'utf8'));
  setDefaultCACertificates(certificates);
  return { host, port: Number(host.split(':')[1]), connections: asked };
};

const limitsWith = (changes: Partial<FetchLimits>): FetchLimits => ({
  ...{ hosts: [], networks: ['127.0.0.0/8', '::1/128'], limitBytes: 1_000, timeoutMs: 10_000 },
  ...changes,
});

t.test('a data set comes from a host of the list, by https', async (t) => {
  const { host, port } = await serve(t, (request, response) => response.end(request.url));
  const limits = limitsWith({ hosts: [host, `127.0.0.1:${port}`] });
  for (const one of limits.hosts) {
    const body = await fetchDataset(`https://${one}/a.csv?x=1`, limits);
    t.equal((await buffer(body)).toString(), '/a.csv?x=1');
  }
});

t.test('nobody else is asked', async (t) => {
  const { host, port, connections } = await serve(t, (_request, response) => response.end('x'));
  const limits = limitsWith({ hosts: [host] });
  const refused: [address: string, reason: RegExp][] = [
    [`http://${host}/`, /http:\/\/localhost:\d+ is not https/],
    [`ftp://${host}/`, /is not https/],
    ['file:///etc/passwd', /is not https/],
    ['https://localhost/', /localhost is not among DATASET_HOSTS/],
    [`https://127.0.0.1:${port}/`, /not among/],
    [`https://localhost.:${port}/`, /not among/],
    [`https://user:secret@${host}/`, /a name or a password/],
    [`https://example.com@127.0.0.1:${port}/`, /a name or a password/],
  ];
  for (const [address, reason] of refused) {
    await t.rejects(fetchDataset(address, limits), { code: 'dataset-address', message: reason });
  }
  t.equal(connections(), 0);
});

t.test('without encryption only who is named so is asked', async (t) => {
  const server = createServer((_request, response) => response.end('plain')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const limits = limitsWith({ hosts: [origin] });
  t.equal((await buffer(await fetchDataset(`${origin}/x`, limits))).toString(), 'plain');
  const message = /is not public/;
  await t.rejects(fetchDataset(origin, { ...limits, networks: [] }), { message });
  await t.rejects(fetchDataset(origin.replace('http', 'https'), limits), { message: /not among/ });
  await t.rejects(fetchDataset('http://127.0.0.1/', limits), { message: /is not https/ });
});

t.test('an address that is not public is not connected to, however it is named', async (t) => {
  const { host, port, connections } = await serve(t, (_request, response) => response.end('x'));
  const literals = [
    ...['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '[::]'],
    ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '224.0.0.1'],
    ...['[fc00::1]', '[fe80::1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '255.255.255.255'],
    ...['[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b:1::1]', '[fec0::1]', '[4000::1]'],
  ];
  for (const name of ['localhost', ...literals]) {
    const url = new URL(`https://${name}:${port}/`);
    const limits = limitsWith({ hosts: [url.host], networks: ['192.0.2.0/24', '2001:db8::/32'] });
    const message = /is not public/;
    await t.rejects(fetchDataset(url.href, limits), { code: 'dataset-address', message }, name);
  }
  t.equal(connections(), 0);
  const limits = limitsWith({ hosts: ['no-such-name.invalid'] });
  await t.rejects(fetchDataset('https://no-such-name.invalid/', limits), {
    code: 'address-unreachable',
    message: /ENOTFOUND|EAI_AGAIN/,
  });
  t.ok(host);
});

t.test('a redirect is followed within the list, and not out of it', async (t) => {
  const inside = await serve(t, (request, response) => {
    const to = decodeURIComponent(request.url?.slice(1) ?? '');
    if (to === '') response.end('here');
    else response.writeHead(302, { location: to }).end();
  });
  const outside = await serve(t, (_request, response) => response.end('not here'));
  const limits = limitsWith({ hosts: [inside.host] });
  const redirected = (to: string) =>
    fetchDataset(`https://${inside.host}/${encodeURIComponent(to)}`, limits);
  for (const to of [`https://${inside.host}/`, '/', '..', `/${encodeURIComponent('/')}`]) {
    t.equal((await buffer(await redirected(to))).toString(), 'here', to);
  }
  for (const to of [
    `https://${outside.host}/`,
    `http://${inside.host}/`,
    '//127.0.0.1/',
    'file:///x',
  ]) {
    await t.rejects(redirected(to), { code: 'dataset-address' }, to);
  }
  t.equal(outside.connections(), 0);
  await t.rejects(redirected('http://['), { message: /it answers 302/ });
  const round = await serve(t, (_request, response) => {
    response.writeHead(307, { location: '/' }).end();
  });
  const ring = fetchDataset(`https://${round.host}/`, limitsWith({ hosts: [round.host] }));
  await t.rejects(ring, { message: /more than 5 times/ });
  t.equal(round.connections(), 6);
});

t.test('too much and too long end it', async (t) => {
  const { host } = await serve(t, (request, response) => {
    if (request.url === '/announced') response.end('x'.repeat(1_001));
    else if (request.url === '/stalls') response.write('x');
    else if (request.url !== '/silent') response.writeHead(404).end();
  });
  const limits = limitsWith({ hosts: [host] });
  await t.rejects(fetchDataset(`https://${host}/announced`, limits), { code: 'too-large' });
  await t.rejects(fetchDataset(`https://${host}/none`, limits), { message: /it answers 404/ });
  const short = { ...limits, timeoutMs: 100 };
  await t.rejects(fetchDataset(`https://${host}/silent`, short), {
    code: 'address-unreachable',
    message: /it takes too long/,
  });
  await t.rejects(buffer(await fetchDataset(`https://${host}/stalls`, short)), /aborted/);
});
