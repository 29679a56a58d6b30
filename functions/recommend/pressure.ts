import { problem } from '../../shared/problems.ts';
import { type App, sendProblem } from '../../shared/server.ts';

/**
 * Refuses requests that one turn of the event loop has no time for: with 503 and Retry-After, so
 * that a client or a proxy goes elsewhere and those that are taken get their answers in time.
 *
 * An answer is made when its request is read or a few requests later, so whoever waits does so in his
 * socket, and the age of the turn says for how long at least. A plug-in that samples the delay of the loop
 * (@fastify/under-pressure: once a second) would stall first and then refuse everybody.
 *
 * @param maxWaitMs Milliseconds that a turn may have spent before it refuses the rest.
 */
export function refuseUnderPressure(app: App, maxWaitMs: number): void {
  let began: number | undefined;
  // Made once, and sent without a line of the log: a refusal must cost less than an answer.
  const overloaded = problem('overloaded');
  app.addHook('onRequest', (request, reply, done) => {
    const now = performance.now();
    if (began === undefined) {
      began = now;
      setImmediate(() => {
        began = undefined;
      });
    } else if (now - began >= maxWaitMs && request.url.startsWith('/api/')) {
      sendProblem(reply, overloaded);
      return;
    }
    done();
  });
}
