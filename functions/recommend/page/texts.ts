/** Every text of the page that a person reads. */
import type { Reason } from './api.ts';

export const texts = {
  name: 'Segue',
  views: { listen: 'Listen', model: 'Model' },
  operate: 'Data sets',
  reference: 'API',
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
  model: {
    loading: 'Loading …',
    title: (version: string) => `Model ${version}`,
    facts: (date: string, playlists: string) => `Made on ${date} from ${playlists} playlists.`,
    datasets: 'Data sets',
    size: 'Size',
    counts: 'What is in it',
    count: {
      transactions: 'Playlists',
      songs: 'Songs',
      artists: 'Artists',
      itemsets: 'Itemsets',
      rules: 'Rules of songs',
      artistRules: 'Rules of artists',
      read: 'Rows read',
      accepted: 'Rows accepted',
      rejected: 'Rows rejected',
    } as Record<string, string>,
    minSupport: 'Least playlists of a rule',
    quality: {
      title: 'How good it is',
      label: 'NDCG@100 on playlists that the model has not seen',
      explain: (heldOut: string) =>
        `NDCG@100 on ${heldOut} held-out playlists: of each, some songs are shown and the others to be found. 1 is the best there is.`,
      own: 'This model',
      current: 'The model before',
      popularity: 'Popular songs for everybody',
      ratio: (ratio: string, low: string, high: string) => `× ${ratio} (${low} to ${high})`,
      verdict: (reason: string) => `The gate: ${reason}.`,
      none: 'This model was not judged.',
      all: 'All figures',
    },
    history: {
      title: 'Versions',
      columns: ['Version', 'Made', 'Cause', 'Data sets', 'Rules', 'NDCG@100', 'Gate'],
      cause: {
        published: 'published',
        again: 'published again',
        rollback: 'rolled back to',
      } as Record<string, string>,
      serves: 'serves',
      unknown: 'cannot be read',
      more: 'Older versions',
    },
    rules: {
      title: 'Rules',
      search: 'Rules with the song',
      searchPlaceholder: 'Any song',
      searchAdd: 'Show',
      anySong: (song: string) => `Not only ${song}`,
      support: 'Least support',
      confidence: 'Least confidence',
      lift: 'Least lift',
      any: 'any',
      playlists: (count: number, share: string) =>
        `${grouped(count)} ${count === 1 ? 'playlist' : 'playlists'} (${share})`,
      share: (share: string) => share,
      times: (lift: string) => `${lift} times as often as by chance`,
      sort: 'The best by',
      reset: 'Reset',
      found: (shown: string, met: string) =>
        shown === met
          ? met === '1'
            ? 'One rule.'
            : `${met} rules.`
          : `${met} rules; the best ${shown} are shown.`,
      incomplete: (scanned: string) =>
        `Only the first ${scanned} rules were looked at: ask for a song to see all of its.`,
      nothing: 'No rule reaches that. Lower a threshold, or ask for another song.',
      asking: 'Looking …',
      more: 'More rules',
      columns: { antecedent: 'Who has', consequent: 'also has', together: 'Playlists', of: 'of' },
      caption: 'Rules, the best first',
      only: (song: string) => `Only rules with ${song}`,
      says: (rule: string) => `About the rule: ${rule}`,
      download: 'Download as CSV',
    },
    scatter: {
      title: 'Support, confidence, lift',
      help: 'Each point is a rule, coloured by its lift; the squares behind are all rules there are. Press a point to read it.',
      label: (shown: string) =>
        `Scatter plot of ${shown} rules by support and confidence, coloured by lift. The table below has the same rules.`,
      support: 'support',
      confidence: 'confidence',
      lift: 'lift',
    },
    graph: {
      title: (song: string | undefined) =>
        song === undefined ? 'Songs that go together' : `Around ${song}`,
      help: 'An arrow is a rule: the thicker, the more confident. Press a song to go there.',
      label: (songs: string, rules: string) =>
        `Graph of ${songs} songs and the ${rules} best rules between them. The table below has the same rules.`,
    },
    difference: {
      title: 'What changed',
      from: 'From version',
      to: 'to version',
      compare: 'Compare',
      one: 'There is one version only. What changed can be seen when there are two.',
      kinds: { all: 'All', gained: 'Gained', lost: 'Lost', changed: 'Changed' },
      kind: 'Rules that were',
      counts: (gained: string, lost: string, changed: string, same: string) =>
        `${gained} rules gained, ${lost} lost, ${changed} changed, ${same} the same.`,
      follows: 'A version has a rule when it reaches the thresholds above.',
      caption: 'Rules that changed, the greatest difference in confidence first',
      columns: [
        'Who has',
        'also has',
        'Change',
        'Confidence before',
        'after',
        'Lift before',
        'after',
      ],
      more: 'More changes',
      nothing: 'Nothing changed.',
    },
    file: {
      title: 'Rules from elsewhere',
      help: 'A CSV of rules as mlxtend, arules or “segue rules --csv” write it. It stays in this browser.',
      choose: 'Open a file of rules',
      showing: (name: string) => `These are the rules of ${name}.`,
      close: (name: string) => `Close ${name}`,
      wrong: (name: string, reason: string) => `${name} cannot be read: ${reason}.`,
    },
    measures: {
      lift: 'lift',
      confidence: 'confidence',
      support: 'support',
      leverage: 'leverage',
      conviction: 'conviction',
      zhang: "Zhang's measure",
      cosine: 'cosine',
      jaccard: 'Jaccard',
      kulczynski: 'Kulczynski',
      phi: 'correlation (phi)',
      addedValue: 'added value',
      certainty: 'certainty',
    },
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

/** A rule in plain words. */
export function ruleSentence(
  antecedent: readonly string[],
  consequent: string,
  {
    together,
    given,
    confidence,
    lift,
  }: { together?: number; given?: number; confidence: number; lift: number },
): string {
  const songs = list(antecedent);
  const share =
    together === undefined || given === undefined
      ? `${percent(confidence)} of the playlists`
      : have(together, given);
  const chance = Number.isFinite(lift) ? `, ${times(lift)} as often as by chance` : '';
  return `${share} with ${songs} also ${together === 1 ? 'has' : 'have'} ${consequent}${chance}.`;
}

/** 0.123 as "12.3 %", which is never parted. */
export function percent(share: number): string {
  return `${short(share * 100)}\u00a0%`;
}

/** A figure that a person can take in; a dash where there is none. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** 21761 as "21,761". */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** An ISO moment as a date and a time of day, UTC. */
export function moment(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
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
