import { Command } from 'commander';
import { problem } from '../../shared/problems.ts';
import { nameAt } from '../../shared/snapshot.ts';
import { type Contribution, explain } from '../recommend/explain.ts';
import { matchSongs } from '../recommend/match.ts';
import { artistOf, type Model, titleOf } from '../recommend/model.ts';
import { antecedentSongs } from '../recommend/rules/lookup.ts';
import { rank } from '../recommend/score.ts';
import { type Claim, type NamedSong, recounter } from '../retrain/recount.ts';
import { trainSettings } from '../retrain/settings.ts';
import { readDataset } from './dataset.ts';
import { loadModel } from './model.ts';
import {
  columnsOption,
  environmentWith,
  examples,
  jsonOption,
  maxRejectedOption,
  storeOption,
} from './options.ts';
import { counted, printJson, printLines, songLine } from './output.ts';

interface WhyCommandOptions {
  for: string;
  data: string[];
  json?: true;
}

/** `segue why` */
export function whyCommand(): Command {
  return new Command('why')
    .description('Say why a song is recommended, and count it anew from the playlists.')
    .argument('<song...>', 'songs asked for: titles, or "TITLE - ARTIST"')
    .requiredOption('--for <song>', 'the recommended song')
    .requiredOption('--data <dataset...>', 'the data sets that the version was made from')
    .addOption(storeOption())
    .option('--snapshot <version>', 'this version instead of the newest')
    .addOption(columnsOption())
    .addOption(maxRejectedOption())
    .addOption(jsonOption())
    .addHelpText('after', examples('segue why "Yesterday" --for "Hey Jude" --data playlists.csv'))
    .action(async (asked: string[], options: WhyCommandOptions) => {
      const model = await loadModel(options);
      const seeds = songsOf(model, asked);
      const [song] = songsOf(model, [options.for]);
      const named = (one: number) => ({ track: titleOf(model, one), artist: artistOf(model, one) });
      const reasons = reasonsFor(model, seeds, song);
      const claims = reasons.map((reason) => claimOf(model, reason));
      const settings = trainSettings(environmentWith({ ...options }));
      const found = recounter(await readDataset(options.data, settings))(named(song), claims);
      const checked = reasons.map(({ together, given, share }, i) => ({
        ...{ claim: claims[i], together, given, share, recounted: found[i] },
        holds: found[i].together === together && found[i].given === given,
      }));
      if (options.json) printJson({ song: named(song), reasons: checked });
      else {
        await printLines([
          `${label(named(song))}, by version ${model.head.version}:`,
          ...checked.map(
            ({ claim, together, given, holds, recounted }) =>
              `  ${together} of ${counted(given, 'playlist')} with ${claimLabel(claim)}: ${
                holds ? 'holds' : `does not hold, ${recounted.together} of ${recounted.given}`
              }`,
          ),
        ]);
      }
      if (checked.some(({ holds }) => !holds)) process.exitCode = 65;
    });
}

/** At most three contributions. @throws `usage` when nothing leads to the song. */
function reasonsFor(model: Model, songs: readonly number[], song: number): Contribution[] {
  const seeds = { songs, artists: [] };
  const ranking = rank(model, seeds, model.songs);
  const place = ranking.songs.indexOf(song);
  if (place === -1) {
    throw problem('usage', { reason: 'No rule leads from the songs asked for to this one.' });
  }
  const ranked = { songs: [song], scores: [ranking.scores[place]] };
  return explain(model, seeds, ranked, 3)[0];
}

function claimOf(model: Model, reason: Contribution): Claim {
  if (reason.kind === 'artist') return { artist: nameAt(model.snapshot.artists, reason.artist) };
  const songs = antecedentSongs(model, reason.antecedent).map((one) => ({
    track: titleOf(model, one),
    artist: artistOf(model, one),
  }));
  return { songs };
}

function claimLabel(claim: Claim): string {
  return 'artist' in claim ? claim.artist : claim.songs.map(label).join(' and ');
}

function label({ track, artist }: NamedSong): string {
  return songLine(track, artist);
}

/** The songs that are meant, without repeats. @throws `song-unknown` */
function songsOf(model: Model, asked: readonly string[]): number[] {
  const { matched, unmatched } = matchSongs(model, asked);
  if (unmatched.length > 0) throw problem('song-unknown', { songs: unmatched });
  return [...new Set(matched.map(({ song }) => song))];
}
