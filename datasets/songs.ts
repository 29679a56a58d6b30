import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { problem } from '../shared/problems.ts';

/** A song as it is in songs.csv: facts only. */
export interface Song {
  title: string;
  artist: string;
  /** The year in which this artist's recording first came out. */
  year: number;
  /** One word for the song, not for the artist. */
  genre: string;
}

const header = ['title', 'artist', 'year', 'genre'];

/**
 * Reads a list of songs.
 * @param path A CSV file (RFC 4180, UTF-8) whose header is `title,artist,year,genre`.
 * @throws `dataset-missing`, `dataset-empty`, and `dataset-corrupt` with what is wrong and where.
 */
export function readSongs(path: string): Song[] {
  const rows = parseRows(path, readText(path));
  if (rows[0]?.join() !== header.join()) {
    throw problem('dataset-corrupt', { path, reason: `the header is not ${header.join()}` });
  }
  if (rows.length === 1) throw problem('dataset-empty', { path });
  return rows.slice(1).map(([title = '', artist = '', year = '', genre = ''], index) => {
    const song = { title, artist, year: Number(year), genre };
    if (title && artist && genre && /^\d{4}$/.test(year)) return song;
    const reason = `song ${index + 1} needs a title, an artist, a year of four digits and a genre`;
    throw problem('dataset-corrupt', { path, reason });
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw Object.assign(problem('dataset-missing', { path }), { cause });
  }
}

function parseRows(path: string, text: string): string[][] {
  try {
    return parse(text, { bom: true });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw Object.assign(problem('dataset-corrupt', { path, reason }), { cause });
  }
}
