import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { root } from '../segue.ts';
import { type Delivery, namespace, overlay, token } from './delivery.ts';
import { kubectl, list, until } from './kubernetes.ts';
import type { Results } from './results.ts';

const space = `${namespace}-observability`;
const services = ['segue-upload', 'segue-retrain', 'segue-recommend'];

/** One upload is one trace: its spans of all three functions reach a collector in the cluster. */
export async function traced(t: Test, delivery: Delivery, results: Results): Promise<void> {
  const { repository, applied, ask } = delivery;
  const traceId = randomBytes(16).toString('hex');
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  await kubectl(['create', 'namespace', space]);
  try {
    await kubectl(['apply', '-f', '-'], collector(traceId));
    const pods = () => list('pods', space);
    await until('the collector', 120, async () =>
      (await pods()).some(({ status }) => status.containerStatuses?.[0].ready),
    );
    // As the component says: another collector's address, and its namespace.
    for (const file of ['tracing.env', 'network.yaml'].map((name) => `${component}/${name}`)) {
      repository.write(file, repository.read(file).replace(/\bobservability\b/g, space));
    }
    repository.edit(`${overlay}/kustomization.yaml`, (document) =>
      document.set('components', ['../../components/tracing']),
    );
    await applied(await repository.push('Send spans'), 'Healthy', 300);

    const began = Date.now();
    // What it makes is there already: the event alone is followed.
    const uploaded = await ask('upload', '/datasets/sample.csv.gz', {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: readFileSync(join(root, 'datasets/sample.csv.gz')),
    });
    t.equal(uploaded.status, 202, uploaded.body);
    await ask('recommend', '/api/recommend', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"songs": ["Yesterday"]}',
    });
    const seen = await until('the spans', 120, async () => {
      const log = await kubectl(['logs', 'collector', '-n', space]);
      const named = services.filter((service) => log.includes(service));
      return named.length === services.length && named;
    });
    t.same(seen, services, 'spans of the trace from every function');
    const seconds = ((Date.now() - began) / 1_000).toFixed(1);
    results.text(
      'A trace',
      `Spans of one upload from ${seen.join(', ')} have reached a collector after ${seconds} s.`,
    );
  } finally {
    await kubectl(['delete', 'namespace', space, '--wait=false']);
    repository.edit(`${overlay}/kustomization.yaml`, (document) => document.delete('components'));
    await applied(await repository.push('Send no spans'), 'Healthy', 300);
  }
}

const component = 'knative/components/tracing';

/** The least collector of OpenTelemetry there is: it prints who sends spans of the trace. */
function collector(traceId: string): string {
  const receive = `
require('node:http').createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part)).on('end', () => {
    const body = Buffer.concat(parts);
    const names = body.toString('latin1').match(/segue-(upload|retrain|recommend)/g) ?? [];
    const isOurs = body.includes(Buffer.from('${traceId}', 'hex'));
    if (isOurs && request.url === '/v1/traces') console.log([...new Set(names)].join(' '));
    response.setHeader('content-type', request.headers['content-type']).end();
  });
}).listen(4318);
`;
  const labels = { app: 'collector' };
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'collector', namespace: space, labels } },
    spec: {
      containers: [
        {
          ...{ name: 'collector', image: 'dev.local/segue-bare:e2e-1' },
          imagePullPolicy: 'IfNotPresent',
          command: ['/usr/local/bin/node', '-e', receive],
          readinessProbe: { tcpSocket: { port: 4318 }, periodSeconds: 1 },
        },
      ],
    },
  };
  const metadata = { name: 'opentelemetry-collector', namespace: space };
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: { selector: labels, ports: [{ port: 4318 }] },
  };
  return [pod, service].map((one) => stringify(one)).join('---\n');
}
