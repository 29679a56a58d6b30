/** Every text of the page that a person reads. */
import type { Reason } from './api.ts';

export const texts = {
  name: 'Segue',
  views: { listen: 'Listen', model: 'Model' },
  operate: 'Data sets',
  search: {
    label: 'Songs you like',
    placeholder: 'A title or an artist',
    add: 'Add',
    help: 'Arrow keys choose, Enter adds, Escape closes.',
    found: (count: number) =>
      count === 0 ? 'No song begins like that.' : count === 1 ? 'One song.' : `${count} songs.`,
    support: (count: number) => (count === 1 ? 'in 1 playlist' : `in ${count} playlists`),
  },
  seeds: { label: 'Songs asked for', remove: (song: string) => `Remove ${song}` },
  excluded: {
    title: 'Left out',
    label: 'Songs left out',
    restore: (song: string) => `Allow ${song} again`,
  },
  playlist: {
    title: 'Your playlist',
    label: 'Playlist',
    add: (song: string) => `Ask for ${song}, too`,
    exclude: (song: string) => `Leave out ${song}`,
    why: 'Why',
  },
  take: {
    label: 'Take the playlist along',
    copy: 'Copy',
    copied: 'The playlist is in the clipboard.',
    uncopied: 'The browser did not allow it: download the playlist as text instead.',
    csv: 'CSV',
    m3u: 'M3U',
    text: 'Text',
    link: 'Copy link',
    linked: 'The address is in the clipboard: it opens this page with the same songs.',
  },
  empty: {
    title: 'Name a song, get a playlist.',
    text: 'Each song in it comes with its reason: how many of the playlists with your songs have it, too.',
  },
  asking: 'Asking …',
  found: (count: number) => (count === 1 ? 'One song.' : `${count} songs.`),
  nothing: 'Nothing is left to recommend. Leave out fewer songs.',
  unknown: (title: string) => `“${title}” is not in the playlists that this model was made from.`,
  corrected: (asked: string, song: string) => `“${asked}” was taken for ${song}.`,
  homonyms: (song: string, others: number) =>
    `${song}: ${others === 1 ? 'one other song has' : `${others} other songs have`} this title. Type the artist, too, if you mean another.`,
  fallback: {
    popular: 'No rule begins with these songs: here is what is in most playlists.',
    artist: 'No rule begins with these songs: here is what is by the same artists.',
  },
  faults: {
    network: 'The server does not answer. Are you online?',
    retry: 'Try again',
    noModel: 'There is no model yet.',
  },
  servedBy: (version: string, date: string) => `Model ${version} of ${date}`,
};

/** Why a song is recommended, in plain words. */
export function sentence(reason: Reason, song: string): string {
  switch (reason.kind) {
    case 'popular':
      return reason.support === 1
        ? `${song} is in one playlist.`
        : `${song} is in ${reason.support} playlists.`;
    case 'artist':
      return `${have(reason.together, reason.given)} with ${reason.artist} also ${reason.together === 1 ? 'has' : 'have'} ${song}.`;
    case 'rule':
      return `${have(reason.together, reason.given)} with ${list(reason.songs)} also ${reason.together === 1 ? 'has' : 'have'} ${song}, ${times(reason.lift)} as often as by chance.`;
  }
}

function have(together: number, given: number): string {
  return `${together} of ${given} ${given === 1 ? 'playlist' : 'playlists'}`;
}

function list(names: readonly string[]): string {
  return names.join(' and ');
}

function times(lift: number): string {
  return `${lift >= 10 ? Math.round(lift) : lift.toFixed(1)} times`;
}
