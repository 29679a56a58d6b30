import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { retrainOptions } from '../retrain/app.ts';
import { decide } from '../retrain/decide.ts';
import { parseEvent, publishedEvent, rejectedEvent } from '../retrain/event.ts';
import { sendEvent } from '../upload/send.ts';
import { environmentWith, examples, jsonOption, settingsFrom, storeOption } from './options.ts';
import { printJson } from './output.ts';

interface RetrainCommandOptions {
  event?: string;
  kSink?: string;
  json?: true;
}

/** `segue retrain`: the function as a job, for trainings longer than a request may take. */
export function retrainCommand(): Command {
  return new Command('retrain')
    .description('Train as an event asks, given as a file: what a JobSink runs.')
    .addOption(storeOption())
    .option('--datasets <folder>', 'the folder of data sets')
    .option('--event <file>', 'a CloudEvent as JSON (default: "event" in $K_EVENT_PATH)')
    .option('--k-sink <address>', 'where the event that answers goes (default: nowhere)')
    .addOption(jsonOption())
    .addHelpText('after', examples('segue retrain --event event.json --datasets .'))
    .action(async (options: RetrainCommandOptions) => {
      const environment = environmentWith({ ...options });
      const path = options.event ?? join(environment.K_EVENT_PATH ?? '.', 'event');
      const event = parseEvent(
        { 'content-type': 'application/cloudevents+json' },
        await readFile(path).catch((error: Error) => {
          throw problem('event-invalid', { reason: error.message });
        }),
      );
      const stopping = new AbortController();
      process.once('SIGTERM', () => stopping.abort());
      const decision = await decide(event, retrainOptions(environment), stopping.signal, {
        onStep: (done) => process.stderr.write(`${JSON.stringify(done)}\n`),
        /* c8 ignore next -- told of heartbeats that fail: decide.test.ts makes them. */
        onFault: (error) => process.stderr.write(`${(error as Error).message}\n`),
      });
      switch (decision.outcome) {
        case 'refused':
          throw problem('dataset-refused', { reason: decision.reason });
        case 'failed':
          throw problem('training-failed', { reason: decision.reason });
        case 'published':
        case 'again':
        case 'rejected': {
          if (environment.K_SINK === undefined) break;
          const { K_SINK: sink } = settingsFrom({ ...options }, ['K_SINK']);
          const { key } = decision;
          const answer =
            decision.outcome === 'rejected'
              ? rejectedEvent(event, { key, reason: decision.reason, figures: decision.figures })
              : publishedEvent(event, { version: decision.version, key, cause: decision.outcome });
          // A sink that fails ends the job badly. Run again, it finds the decision in the record.
          await sendEvent(answer, {
            sink,
            patienceMs: 10_000,
            retryDelaysMs: [],
            onEnd: () => {},
            signal: stopping.signal,
          });
        }
      }
      if (options.json) printJson(decision);
      else process.stdout.write(`${decision.outcome}\n`);
    });
}
