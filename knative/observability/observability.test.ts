import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { buildApp as buildRecommend, recommendOptions } from '../../functions/recommend/app.ts';
import { buildApp as buildRetrain, retrainOptions } from '../../functions/retrain/app.ts';
import { buildApp as buildUpload, uploadOptions } from '../../functions/upload/app.ts';

const at = (name: string) => join(import.meta.dirname, name);

/** Names of all that the three functions tell in /metrics. */
async function namesTold(t: Test): Promise<Set<string>> {
  const folder = t.testdir({ store: {}, datasets: {} });
  const environment = {
    ...{ STORE: join(folder, 'store'), DATASETS: join(folder, 'datasets'), LOG_LEVEL: 'silent' },
    ...{ K_SINK: 'http://127.0.0.1:1', UPLOAD_TOKEN: 'an-example-of-a-token' },
  };
  const names = new Set<string>();
  for (const app of [
    await buildRecommend(recommendOptions(environment)),
    await buildRetrain(retrainOptions(environment)),
    await buildUpload(uploadOptions(environment)),
  ]) {
    const { body } = await app.inject('/metrics');
    for (const [, name] of body.matchAll(/^# TYPE (\w+)/gm)) names.add(name);
    await app.close();
  }
  return names;
}

t.test('what the dashboard and the alerts ask for is told by a function', async (t) => {
  const told = await namesTold(t);
  for (const file of ['alerts.yaml', 'dashboard.json']) {
    const asked = readFileSync(at(file), 'utf8').matchAll(/segue_\w+/g);
    const names = new Set([...asked].map(([name]) => name.replace(/_(bucket|count|sum)$/, '')));
    t.ok(names.size > 5);
    for (const name of names) t.ok(told.has(name), `${file}: ${name}`);
  }
});

const { error } = spawnSync('promtool', ['--version']);
const skip = error === undefined ? false : 'no promtool here (apt-get install prometheus)';
t.test('promtool finds the alerts right, and each fires when it should', { skip }, async (t) => {
  const check = (...parameters: string[]) =>
    execFileSync('promtool', parameters, { encoding: 'utf8', cwd: import.meta.dirname });
  t.match(check('check', 'rules', 'alerts.yaml'), /SUCCESS: 8 rules found/);
  t.match(check('test', 'rules', 'alerts.test.yaml'), /SUCCESS/);
});
