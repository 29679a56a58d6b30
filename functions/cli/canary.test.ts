import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import { segue } from './sample.ts';

const root = join(import.meta.dirname, '../..');

/** A copy of the manifests, and what kustomize makes of them. */
function manifests(t: Test) {
  const folder = t.testdir({});
  cpSync(join(root, 'knative'), folder, { recursive: true });
  return {
    canary: (...parameters: string[]) => segue(['canary', ...parameters, '--manifests', folder]),
    file: (path: string) => readFileSync(join(folder, path), 'utf8'),
    has: (path: string) => existsSync(join(folder, path)),
    edit: (path: string, change: (text: string) => string) =>
      writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8'))),
    render(overlay: string) {
      const text = execFileSync('kubectl', ['kustomize', join(folder, 'overlays', overlay)]);
      const documents = parseAllDocuments(String(text)).map((one) => one.toJS());
      const { spec } = documents.find(
        ({ kind, metadata }) => kind === 'Service' && metadata.name === 'recommend',
      );
      const judge = documents.find(
        ({ kind, metadata }) => kind === 'CronJob' && metadata.name === 'judge',
      );
      const pinned = documents.filter(({ metadata }) => metadata.name.startsWith('pinned-'));
      t.equal(pinned.length, 1, 'pinned versions stand in one ConfigMap');
      return {
        revision: spec.template.metadata.name as string | undefined,
        version: spec.template.spec.containers[0].env?.[0].value as string | undefined,
        traffic: spec.traffic as { revisionName: string; percent: number; tag: string }[],
        pinned: pinned[0].data.PINNED as string,
        judge: judge?.spec.jobTemplate.spec.template.spec.containers[0] as
          | { image: string; args: string[] }
          | undefined,
        keeps: pinned[0].metadata.annotations?.['argocd.argoproj.io/sync-options'],
      };
    },
  };
}

if (spawnable()) {
  t.test('a trial is started, promoted, stopped, all in git', async (t) => {
    const { canary, file, has, render } = manifests(t);
    const before = file('overlays/production/kustomization.yaml');
    const started = await canary('start', '--from', '41', '--to', '42');
    t.match(started, { code: 0, stderr: '' });
    t.match(started.stdout, /Version 42 gets 10 % of the requests/);

    const stable = render('production');
    t.match(stable.revision, /^recommend-[0-9a-f]{10}$/);
    t.match(stable, { version: '41', pinned: '41', keeps: 'Prune=false' });
    t.same(stable.traffic, [{ revisionName: stable.revision, percent: 100, tag: 'stable' }]);
    const trial = render('canary');
    t.match(trial, { version: '42', pinned: '41,42' });
    t.not(trial.revision, stable.revision, 'another version is another revision');
    t.same(trial.traffic, [
      { revisionName: stable.revision, percent: 90, tag: 'stable' },
      { revisionName: trial.revision, percent: 10, tag: 'canary' },
    ]);

    t.same(trial.judge?.args.slice(-2), ['--from=41', '--to=42']);
    t.match(trial.judge?.image, /^registry.example.com\/segue\/retrain@/, 'the image that trains');
    t.equal(stable.judge, undefined, 'nothing to judge yet');

    t.equal((await canary('start', '--from', '41', '--to', '43', '--percent', '25')).code, 0);
    t.equal(render('production').revision, stable.revision, 'the same input, the same name');
    t.match(render('canary'), { version: '43', traffic: [{ percent: 75 }, { percent: 25 }] });

    t.equal((await canary('promote', '--to', '42')).code, 0);
    t.match(render('production'), { version: '42', pinned: '42', revision: trial.revision });
    t.notOk(has('overlays/canary'));

    t.equal((await canary('start', '--from', '42', '--to', '43')).code, 0);
    t.equal((await canary('stop')).code, 0);
    t.match(render('production'), { version: '42', pinned: '42' });
    const ended = await canary('stop', '--unpin');
    t.match(ended.stdout, /nothing is pinned/);
    t.equal(file('overlays/production/kustomization.yaml'), before, 'all is as it was');
    t.match(render('production'), { version: undefined, pinned: '' });
  });

  t.test('another image is another revision, for the same version', async (t) => {
    const names = [];
    for (const overlay of ['local', 'production']) {
      const { canary, render } = manifests(t);
      await canary('start', '--from', '1', '--to', '2', '--overlay', overlay);
      names.push(render('canary').revision);
    }
    t.not(names[0], names[1]);
  });

  t.test('a trial where trainings are long is judged, too', async (t) => {
    const { canary, edit, render } = manifests(t);
    edit('overlays/production/kustomization.yaml', (text) =>
      text.replace(/^patches:/m, 'components: [../../components/long-training]\npatches:'),
    );
    t.equal((await canary('start', '--from', '1', '--to', '2')).code, 0);
    t.match(render('canary').judge?.image, /^registry.example.com\/segue\/retrain@/);
  });

  t.test('an overlay without recommend has nothing to pin', async (t) => {
    const folder = t.testdir({
      overlays: { production: { 'kustomization.yaml': 'configMapGenerator: [{ name: other }]\n' } },
    });
    const versions = ['--from', '1', '--to', '2', '--manifests', folder];
    const { code, stderr } = await segue(['canary', 'start', ...versions]);
    t.equal(code, 64);
    t.match(stderr, /has no recommend/);
  });
} else {
  t.pass('trials', { skip: 'skipped: no kubectl' });
}

t.test('a share that is none, and manifests that are not there, are told', async (t) => {
  const folder = t.testdir({});
  const start = (...more: string[]) =>
    segue(['canary', 'start', '--from', '1', '--to', '2', '--manifests', folder, ...more]);
  t.match(await start('--percent', '100'), { code: 64, stderr: /from 1 to 99/ });
  t.match(await start(), { code: 64, stderr: /cannot be rendered/ });
  const unpin = await segue(['canary', 'stop', '--unpin', '--manifests', folder]);
  t.match(unpin, { code: 64, stderr: /kustomization.yaml does not exist/ });
});

function spawnable(): boolean {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
