/** The loop over all songs of `toTables` in ../model.ts, which has its plain twin. */
import { entry } from './entry';

/**
 * Writes the pairs of the songs of one support, from `first` on, and what their artists' songs get
 * at most. Of each column it is told where it begins and the bytes of an entry.
 * @returns The first song of another support, or the number of all songs.
 */
export function tabulate(
  first: u32,
  songs: u32,
  supports: usize,
  supportBytes: u32,
  artistOf: usize,
  artistBytes: u32,
  artistSupports: usize,
  artistSupportBytes: u32,
  ofSong: usize,
  mostSpread: usize,
  artistShrinkage: f64,
  spread: f64,
  damping: f64,
): u32 {
  const support = entry(supports, supportBytes, first);
  let song = first;
  for (; song < songs && entry(supports, supportBytes, song) === support; song++) {
    const artist = entry(artistOf, artistBytes, song);
    const ofArtist = entry(artistSupports, artistSupportBytes, artist);
    const share: f32 = ofArtist === 0 ? 0 : <f32>(spread / (<f64>ofArtist + artistShrinkage));
    const pair = ofSong + ((<usize>song) << 3);
    store<f32>(pair, share);
    store<f32>(pair, <f32>damping, 4);
    const most = mostSpread + ((<usize>artist) << 2);
    if (share > load<f32>(most)) store<f32>(most, share);
  }
  return song;
}
