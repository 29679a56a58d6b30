import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Head } from '../../shared/store/heads.ts';
import { readLatest } from '../../shared/store/versions.ts';
import { basketText, generateBaskets, type Recipe, recipes, writeText } from '../baskets.ts';

/** The streaming service's playlists cut to 50 thousand songs: a 45th of everything else, too. */
const recipe: Recipe = {
  ...recipes.M,
  playlists: 9_450,
  tracks: 50_000,
  scenes: 66,
  chartTracks: 66,
};

/** The support at which pair rules number a million, within 5 %. */
const minSupport = 7;

export const dataFolder = join(import.meta.dirname, '../data');

/** Model R in a store of its own. */
export interface ServingModel {
  store: string;
  head: Head;
  snapshot: Snapshot;
}

/** Trains model R by the shell, or finds it; the store then has just this one version. */
export async function servingModel(): Promise<ServingModel> {
  const store = join(dataFolder, 'serving-store');
  const csv = join(dataFolder, 'serving.csv');
  await mkdir(dataFolder, { recursive: true });
  await rm(store, { recursive: true, force: true });
  await writeText(csv, basketText(generateBaskets(recipe, 1), 'csv'));
  const segue = join(import.meta.dirname, '../../functions/cli.ts');
  // What tuning would choose makes no difference to what an answer costs.
  const options = ['--store', store, '--min-support', String(minSupport), '--tuning-fits', '0'];
  await promisify(execFile)(process.execPath, [segue, 'train', csv, ...options]);
  const { found } = await readLatest(store, 0);
  if (found === undefined) throw new Error('There is no model after the training.');
  const { rules } = found.snapshot.facts.counts;
  if (Math.abs(rules / 1e6 - 1) > 0.05) throw new Error(`The model has ${rules} pair rules.`);
  return { store, ...found };
}
