import type { Song } from './api.ts';

/** What the page shows; all of it stands in the address, so that the address can be shared. */
export interface State {
  view: 'listen' | 'model';
  seeds: Song[];
  excluded: Song[];
  explored: Explored;
}

/** Which rules the model's view shows; what is absent is left to the view. */
export interface Explored {
  /** Only rules with this song. */
  song?: Song;
  /** The least that a rule must reach: shares, and a lift. */
  support?: number;
  confidence?: number;
  lift?: number;
  /** A measure. */
  sort?: string;
}

/** The state that an address stands for; what is not understood in it is passed over. */
export function stateOf(address: URL): State {
  const { searchParams, hash } = address;
  return {
    view: /^#model(\?|$)/.test(hash) ? 'model' : 'listen',
    seeds: songsOf(searchParams.getAll('song')),
    excluded: songsOf(searchParams.getAll('without')),
    explored: exploredOf(new URLSearchParams(/^#model\?(.*)$/s.exec(hash)?.[1])),
  };
}

/** The address of a state. */
export function addressOf({ view, seeds, excluded, explored }: State, base: URL): URL {
  const address = new URL(base);
  address.search = new URLSearchParams([
    ...seeds.map((song) => ['song', parameterOf(song)] as [string, string]),
    ...excluded.map((song) => ['without', parameterOf(song)] as [string, string]),
  ]).toString();
  address.hash = view === 'model' ? hashOf(explored) : '';
  return address;
}

function hashOf({ song, ...rest }: Explored): string {
  const parameters = new URLSearchParams(Object.entries(rest).map(([k, v]) => [k, String(v)]));
  if (song !== undefined) parameters.set('song', parameterOf(song));
  return parameters.size === 0 ? 'model' : `model?${parameters}`;
}

function exploredOf(parameters: URLSearchParams): Explored {
  const explored: Explored = {};
  const [song] = songsOf(parameters.getAll('song'));
  if (song !== undefined) explored.song = song;
  for (const [name, highest] of [
    ['support', 1],
    ['confidence', 1],
    ['lift', Number.MAX_VALUE],
  ] as const) {
    const value = Number(parameters.get(name) || Number.NaN);
    if (value >= 0 && value <= highest) explored[name] = value;
  }
  const sort = parameters.get('sort');
  if (sort !== null && /^[a-zA-Z]{1,40}$/.test(sort)) explored.sort = sort;
  return explored;
}

/** Title and artist on two lines of one parameter: no name has a line feed. */
function parameterOf({ track, artist }: Song): string {
  return artist ? `${track}\n${artist}` : track;
}

function songsOf(parameters: readonly string[]): Song[] {
  return parameters.slice(0, 200).flatMap((parameter) => {
    const [track, artist] = parameter.split('\n').map((name) => name.trim().slice(0, 512));
    if (!track) return [];
    return [artist ? { track, artist } : { track }];
  });
}
