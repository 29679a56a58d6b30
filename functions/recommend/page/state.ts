import type { Song } from './api.ts';

/** What the page shows; all of it stands in the address, so that the address can be shared. */
export interface State {
  view: 'listen' | 'model';
  seeds: Song[];
  excluded: Song[];
}

/** The state that an address stands for; what is not understood in it is passed over. */
export function stateOf(address: URL): State {
  const { searchParams, hash } = address;
  return {
    view: hash === '#model' ? 'model' : 'listen',
    seeds: songsOf(searchParams.getAll('song')),
    excluded: songsOf(searchParams.getAll('without')),
  };
}

/** The address of a state. */
export function addressOf({ view, seeds, excluded }: State, base: URL): URL {
  const address = new URL(base);
  address.search = new URLSearchParams([
    ...seeds.map((song) => ['song', parameterOf(song)] as [string, string]),
    ...excluded.map((song) => ['without', parameterOf(song)] as [string, string]),
  ]).toString();
  address.hash = view === 'model' ? 'model' : '';
  return address;
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
