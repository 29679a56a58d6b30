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

/** Artists who are liked together, and the years in which they belonged together. */
export interface Scene {
  scene: string;
  /** The first year. */
  from: number;
  /** The last year. */
  to: number;
  artists: string[];
}

/**
 * Reads a list of songs.
 * @param path A CSV file (RFC 4180, UTF-8) whose header is `title,artist,year,genre`.
 * @throws `dataset-missing`, `dataset-empty`, and `dataset-corrupt` with what is wrong and where.
 */
export function readSongs(path: string): Song[] {
  const songs = readTable(path, ['title', 'artist', 'year', 'genre'], (row) => ({
    title: row.title!,
    artist: row.artist!,
    year: year(row.year!),
    genre: row.genre!,
  }));
  if (songs.length === 0) throw problem('dataset-empty', { path });
  return songs;
}

/**
 * Reads a list of scenes.
 * @param path A CSV file whose header is `scene,from,to,artists`; the artists are parted by "; ".
 * @throws `dataset-missing`, and `dataset-corrupt` with what is wrong and where.
 */
export function readScenes(path: string): Scene[] {
  return readTable(path, ['scene', 'from', 'to', 'artists'], (row) => ({
    scene: row.scene!,
    from: year(row.from!),
    to: year(row.to!),
    artists: row.artists!.split('; '),
  }));
}

function readTable<Row>(
  path: string,
  header: string[],
  toRow: (fields: Record<string, string>) => Row,
): Row[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw Object.assign(problem('dataset-missing', { path }), { cause });
  }
  try {
    const columns = (found: string[]) => expected(header, found);
    return parse<Record<string, string>>(text, { bom: true, columns }).map((fields, index) => {
      const blank = header.find((name) => fields[name] === '');
      if (blank !== undefined) throw new Error(`row ${index + 1} has no ${blank}`);
      return toRow(fields);
    });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw Object.assign(problem('dataset-corrupt', { path, reason }), { cause });
  }
}

function expected(header: string[], found: string[]): string[] {
  if (found.join() === header.join()) return header;
  throw new Error(`the header is "${found.join()}" and should be "${header.join()}"`);
}

function year(text: string): number {
  if (!/^\d{4}$/.test(text)) throw new Error(`"${text}" is no year of four digits`);
  return Number(text);
}
