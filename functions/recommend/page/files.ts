import { type Song, songLine } from './api.ts';

/** A playlist as a file for other programs. */
export interface PlaylistFile {
  name: string;
  type: string;
  text: string;
}

/** Columns by RFC 4180. */
export function csv(songs: readonly Song[]): PlaylistFile {
  const rows = songs.map(({ track, artist = '' }, i) => [String(i + 1), track, artist]);
  const text = [['position', 'track_name', 'artist_name'], ...rows]
    .map((row) => row.map(quoted).join(','))
    .join('\r\n');
  return { name: 'playlist.csv', type: 'text/csv', text: `${text}\r\n` };
}

/** Extended M3U: names instead of files, of unknown length (-1), for players that look them up. */
export function m3u(songs: readonly Song[]): PlaylistFile {
  const lines = songs.flatMap(({ track, artist }) => {
    const line = oneLine(artist ? `${artist} - ${track}` : track);
    return [`#EXTINF:-1,${line}`, line.startsWith('#') ? `./${line}` : line];
  });
  return {
    name: 'playlist.m3u8',
    type: 'audio/x-mpegurl',
    text: `${['#EXTM3U', ...lines].join('\n')}\n`,
  };
}

/** A song a line. */
export function plain(songs: readonly Song[]): PlaylistFile {
  const text = songs.map((song) => oneLine(songLine(song))).join('\n');
  return { name: 'playlist.txt', type: 'text/plain', text: `${text}\n` };
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ');
}

/* c8 ignore start: only a browser has a document, see e2e/. */
/** Hands a file to the browser. */
export function download({ name, type, text }: PlaylistFile): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
/* c8 ignore stop */
