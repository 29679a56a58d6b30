import { stringify } from 'yaml';
import { namespace } from './delivery.ts';
import { get, kubectl, until } from './kubernetes.ts';

/**
 * Runs a module in the image of a function, with its settings and its volumes, as a Job.
 * @returns what it printed. @throws when the function is not there, or the Job fails.
 */
export async function runInside(
  service: 'retrain' | 'upload',
  name: string,
  module: string,
  seconds: number,
): Promise<string> {
  const found = await get('ksvc', service, namespace);
  if (found === undefined) throw new Error(`there is no ${service} to run ${name} like`);
  const { containers, volumes } = found.spec.template.spec;
  const { image, envFrom, securityContext, volumeMounts } = containers[0];
  const { runAsUser, runAsGroup } = securityContext;
  const job = stringify({
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace } },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: { 'app.kubernetes.io/name': 'job' } },
        spec: {
          ...{ serviceAccountName: 'jobs', restartPolicy: 'Never', volumes },
          securityContext: { runAsUser, runAsGroup },
          containers: [
            {
              ...{ name: 'segue', image, envFrom, securityContext, volumeMounts },
              imagePullPolicy: 'IfNotPresent',
              command: ['/usr/local/bin/node', '--input-type=module', '-e', module],
            },
          ],
        },
      },
    },
  });
  await kubectl(['apply', '-f', '-'], job);
  return endOfJob(name, seconds);
}

/** Waits for a Job and removes it. @returns what it printed. @throws that, when it fails. */
export async function endOfJob(name: string, seconds: number): Promise<string> {
  const said = await until(`the Job ${name}`, seconds, async () => {
    const { succeeded, failed } = (await get('job', name, namespace))?.status ?? {};
    const log = () => kubectl(['logs', `job/${name}`, '-n', namespace]);
    if (failed > 0) throw new Error(`${name} failed: ${await log()}`);
    return succeeded > 0 ? await log() : undefined;
  });
  await kubectl(['delete', 'job', name, '-n', namespace]);
  return said;
}
