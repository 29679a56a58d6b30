import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import { describeApi } from './openapi.ts';

t.test('the description of the API is one that programs can be made from', async (t) => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // What the project may be used for is not said there.
    rules: { 'info-license': 'off' },
  });
  const source = await describeApi();
  const found = await lintFromString({ source, config, absoluteRef: 'openapi.json' });
  t.strictSame(
    found.map(({ message, location }) => `${location[0]?.pointer}: ${message}`),
    [],
  );
});
