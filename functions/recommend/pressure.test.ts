import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { createApp } from '../../shared/server.ts';
import { refuseUnderPressure } from './pressure.ts';

t.test(
  'what a turn of the event loop has no time for is refused, what comes later is not',
  async (t) => {
    const { app } = createApp({ logLevel: 'silent', bodyLimitBytes: 9, unready: () => undefined });
    t.after(() => app.close());
    // Every request but the first of a turn is too late.
    refuseUnderPressure(app, 0);
    app.get('/api/slow', () => ({}));
    await app.ready();
    for (let turn = 0; turn < 3; turn++) {
      const answers = await Promise.all([
        app.inject('/api/slow'),
        app.inject('/api/slow'),
        app.inject('/healthz'),
        app.inject('/api/slow'),
      ]);
      t.same(
        answers.map(({ statusCode }) => statusCode),
        [200, 503, 200, 503],
      );
      t.match(answers[1], { headers: { 'retry-after': /^\d+$/ } });
      t.match(answers[1].json(), { code: 'overloaded', status: 503 });
      await setImmediate();
    }
  },
);
