import { toModel } from '../../functions/recommend/model.ts';
import { describe, recommend } from '../../functions/recommend/recommend.ts';
import { suggest } from '../../functions/recommend/suggest.ts';
import { readLatest } from '../../shared/store/versions.ts';

/** Opens the newest snapshot of STORE, answers REQUEST and says how long both took, in ms. */
const request = JSON.parse(process.env.REQUEST ?? '');
const began = performance.now();
const { found } = await readLatest(process.env.STORE ?? '', 0);
if (found === undefined) throw new Error('There is no snapshot.');
const model = toModel(found.head, found.snapshot);
const opened = performance.now();
recommend(model, request);
suggest(model, 'ka');
describe(model);
const ready = performance.now();
process.stdout.write(JSON.stringify({ open: opened - began, ready: ready - began }));
