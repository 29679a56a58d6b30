import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import { describeApi, functionNames } from './openapi.ts';

for (const name of functionNames) {
  t.test(`the description of ${name} is one that programs can be made from`, async (t) => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      // What the project may be used for is not said there.
      rules: { 'info-license': 'off' },
    });
    const source = await describeApi(name);
    const found = await lintFromString({ source, config, absoluteRef: `${name}.json` });
    t.strictSame(
      found.map(({ message, location }) => `${location[0]?.pointer}: ${message}`),
      [],
    );
  });
}

t.test('the descriptions that are kept are those of the routes', async (t) => {
  const kept = () =>
    functionNames.map((name) =>
      readFileSync(join(import.meta.dirname, name, 'openapi.json'), 'utf8'),
    );
  // Only then: what is kept must not be mended by its test.
  const before = kept();
  for (const [i, name] of functionNames.entries()) {
    if (!t.equal(before[i], await describeApi(name), name)) return;
  }
  execFileSync(process.execPath, [join(import.meta.dirname, 'openapi.ts')], { timeout: 60_000 });
  t.strictSame(kept(), before, 'they are made anew by a command');
});
