import { isIP } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { problem } from './problems.ts';

/** Names of a data set's columns, by what they hold. */
export interface Columns {
  transaction?: string;
  item?: string;
  artist?: string;
  /** How often; a row with 0 is rejected. */
  count?: string;
  /** When; read where rows are parted into sessions. */
  time?: string;
}

/** A setting: how its text is understood, and what holds without it. */
interface Setting<Value> {
  /** Throws an Error whose message ends the sentence "NAME must be ...". */
  parse(text: string): Value;
  /** Absent: the setting must be given. */
  default?: Value;
}

/**
 * Every setting, by the name of its environment variable; the shell's options have the same names
 * in lower case (`MIN_SUPPORT` is `--min-support`).
 */
const table = {
  /** TCP port to listen on; 0 takes a free one. */
  PORT: { parse: wholeNumber(0, 65_535), default: 8080 },
  /** Ports of retrain and upload where all functions run on one machine. */
  RETRAIN_PORT: { parse: wholeNumber(1, 65_535), default: 8081 },
  UPLOAD_PORT: { parse: wholeNumber(1, 65_535), default: 8082 },
  /** Address to listen on; empty: all. To look one up takes a start 5 ms, and the longest pattern of node's. */
  HOST: { parse: text, default: '' },
  /** Folder with snapshots, heads and runs. */
  STORE: { parse: folder },
  /** Folder with the uploaded data sets. */
  DATASETS: { parse: folder },
  /** Private Ed25519 key (PEM) that heads are signed with. */
  SIGNING_KEY_FILE: { parse: folder, default: undefined },
  /** Public key (PEM) to it: what is not signed so is not served. */
  PUBLIC_KEY_FILE: { parse: folder, default: undefined },
  /** Version that recommend serves; absent: the newest head. */
  SNAPSHOT: { parse: text, default: undefined },
  /** Milliseconds between two looks at the store. */
  POLL_MS: { parse: wholeNumber(10, 86_400_000), default: 2_000 },
  /** Milliseconds that a request may wait for its turn before it is refused. */
  MAX_WAIT_MS: { parse: wholeNumber(0, 60_000), default: 250 },
  /** Origins of other pages that may ask recommend; "*": all. */
  CORS_ORIGINS: { parse: origins, default: [] as string[] },
  /** Requests a minute that recommend answers a client, in one process. */
  RATE_LIMIT: { parse: wholeNumber(1, 1_000_000), default: undefined },
  /** Networks (CIDR) of proxies that are believed whose request they pass on. */
  TRUSTED_PROXIES: { parse: networks, default: [] as string[] },
  /** Where upload sends events. */
  K_SINK: { parse: address },
  /** Bearer token that upload asks for; without one it refuses whoever asks. */
  UPLOAD_TOKEN: { parse: token, default: undefined },
  /** The same in a file, a token a line, which is read anew for each request. */
  UPLOAD_TOKEN_FILE: { parse: folder, default: undefined },
  /** Largest data set that upload takes, in bytes as sent. */
  MAX_UPLOAD_BYTES: { parse: wholeNumber(1, Number.MAX_SAFE_INTEGER), default: 2 ** 31 },
  /** Hosts that data sets may be fetched from: "host" or "host:port" by https, "http://host:port". */
  DATASET_HOSTS: { parse: list, default: [] as string[] },
  /** Networks (CIDR) that they may be in, besides the public network. */
  DATASET_NETWORKS: { parse: networks, default: [] as string[] },
  /** Milliseconds that fetching a data set may take in all. */
  DATASET_TIMEOUT: { parse: span, default: 600_000 },
  /** Address of upload as browsers reach it, for a link to its page. */
  UPLOAD_URL: { parse: address, default: undefined },
  /** Least severe lines that are logged. */
  LOG_LEVEL: {
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
  },
  /** Names of columns, "transaction=..,item=..,artist=.."; absent: recognised. */
  COLUMNS: { parse: columns, default: {} as Columns },
  /** Pause after which rows of one transaction are a new one ("30m"); absent: no sessions. */
  SESSION_GAP: { parse: span, default: undefined },
  /** Minimum support as a count or a share ("0.5%"); absent: chosen from the data. */
  MIN_SUPPORT: { parse: text, default: undefined },
  /** Longest itemset that is mined. */
  MAX_LENGTH: { parse: wholeNumber(2, 100), default: 2 },
  /** Itemsets at which mining gives up with an error. */
  MAX_ITEMSETS: { parse: wholeNumber(1, 2 ** 31), default: 20_000_000 },
  /** Pair rules that the support chosen from the data allows at most. */
  MAX_RULES: { parse: wholeNumber(1, 2 ** 31), default: 4_000_000 },
  /** Share of rows that may be rejected before the data set is refused. */
  MAX_REJECTED: { parse: share, default: 0.05 },
  /** Threads that read and mine. */
  THREADS: { parse: wholeNumber(1, 64), default: Math.min(availableParallelism(), 64) },
  /** Bytes that a training may have resident before it ends in an error. */
  MAX_MEMORY: { parse: bytes, default: Math.floor(0.9 * availableBytes()) },
  /** How a recommender adds up, see `Scoring`: sum or max. */
  AGGREGATION: { parse: oneOf('sum', 'max'), default: 'sum' as const },
  /** Songs in playlists that may be looked at to count the rules of a song or artist asked for. */
  MAX_VISITS: { parse: wholeNumber(0, 2 ** 31), default: 8_192 },
  /** Fits that tuning may make to choose them; 0: nothing is tuned. */
  TUNING_FITS: { parse: wholeNumber(0, 3), default: 3 },
  /** Parameters of the score, see `SeedScoring`; absent: chosen from the data. */
  SHRINKAGE: { parse: number(0, 1e9), default: undefined },
  ARTIST_WEIGHT: { parse: number(0, 1e9), default: undefined },
  ARTIST_SHRINKAGE: { parse: number(0, 1e9), default: undefined },
  ARTIST_SPREAD: { parse: number(0, 1e9), default: undefined },
  SPREAD_EXPONENT: { parse: number(0, 10), default: undefined },
  LONG_WEIGHT: { parse: number(0, 1e9), default: undefined },
  /** Exponent by which popular songs score less. */
  POPULARITY_DAMPING: { parse: number(0, 10), default: undefined },
  /** Exponent by which long playlists count less; absent: chosen from the data. */
  LENGTH_EXPONENT: { parse: number(0, 10), default: undefined },
  /** Whether a model serves that the gate finds worse than the current one. */
  FORCE: { parse: oneOf('true', 'false'), default: 'false' as const },
  /** Versions that stay in the store. */
  KEEP_VERSIONS: { parse: wholeNumber(1, 1_000_000), default: 10 },
  /** Versions that stay whatever their age, separated by commas. */
  PINNED: { parse: list, default: [] as string[] },
} satisfies Record<string, Setting<unknown>>;

/** The name of a setting. */
export type SettingName = keyof typeof table;

/** The names of all settings. */
export const settingNames = Object.keys(table) as SettingName[];

/** The values of some settings. */
export type Configuration<Names extends SettingName> = {
  [Name in Names]:
    | ReturnType<(typeof table)[Name]['parse']>
    | ((typeof table)[Name] extends { default: undefined } ? undefined : never);
};

/**
 * Reads settings from an environment; an empty value counts as absent.
 * @throws `configuration` with every mistake in one message.
 */
export function configure<Names extends SettingName>(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly Names[],
): Configuration<Names> {
  const mistakes: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of names) {
    const setting: Setting<unknown> = table[name];
    const given = environment[name]?.trim();
    if (given === undefined || given === '') {
      if ('default' in setting) values[name] = structuredClone(setting.default);
      else mistakes.push(`${name} is missing`);
      continue;
    }
    try {
      values[name] = setting.parse(given);
    } catch (error) {
      mistakes.push(`${name} must be ${(error as Error).message}`);
    }
  }
  if (mistakes.length > 0) throw problem('configuration', { mistakes });
  return values as Configuration<Names>;
}

function text(given: string): string {
  return given;
}

function folder(given: string): string {
  return resolve(given);
}

function list(given: string): string[] {
  return given
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function networks(given: string): string[] {
  const named = list(given);
  for (const network of named) {
    const [, address, bits] = /^(.+)\/(\d+)$/.exec(network) ?? [];
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address ?? '')] as number;
    if (Number(bits) <= most) continue;
    throw new Error(`networks like "10.0.0.0/8, fd00::/8", not "${network}"`);
  }
  return named;
}

function origins(given: string): string[] {
  const named = list(given);
  for (const origin of named) {
    if (origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)) continue;
    throw new Error(`origins like "https://example.com", or "*", not "${origin}"`);
  }
  return named;
}

function columns(given: string): Columns {
  const named: Columns = {};
  for (const entry of list(given)) {
    const [, role, name] = /^(transaction|item|artist|count|time)\s*=\s*(.+)$/.exec(entry) ?? [];
    if (role === undefined || Object.hasOwn(named, role)) {
      throw new Error(`a list like "transaction=pid,item=title,artist=band", not "${given}"`);
    }
    named[role as keyof Columns] = name;
  }
  return named;
}

/** A length of time in milliseconds. */
function span(given: string): number {
  const [, digits, unit] = /^(\d+)(s|m|h|d)$/.exec(given) ?? [];
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit ?? ''] ?? 0;
  if (Number(digits) > 0) return Number(digits) * seconds * 1000;
  throw new Error(`a length of time like "30m", in s, m, h or d, not "${given}"`);
}

function token(given: string): string {
  if (given.length < 16) throw new Error('at least 16 characters long');
  return given;
}

function address(given: string): string {
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new Error(`an http or https address, not "${given}"`);
  }
  return given;
}

function share(given: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(given) ?? [];
  const value = Number(digits) / (percent === '%' ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new Error(`a share from 0% to 100%, not "${given}"`);
}

function wholeNumber(least: number, most: number): (given: string) => number {
  return (given) => {
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= least && value <= most) return value;
    throw new Error(`a whole number from ${least} to ${most}, not "${given}"`);
  };
}

/** "500MiB", "1.5GiB", or a number of bytes. */
function bytes(given: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(|[KMG]i?B?)$/i.exec(given) ?? [];
  const exponent = unit === undefined ? 0 : ' KMG'.indexOf(unit.charAt(0).toUpperCase() || ' ');
  const value = Math.floor(Number(digits) * 1024 ** exponent);
  if (value >= 2 ** 20) return value;
  throw new Error(`a size from 1MiB like "1.5GiB", not "${given}"`);
}

/** What this process can have: the limit of its control group, or all that the machine has. */
export function availableBytes(): number {
  // Where nothing limits it, the limit is 0.
  return Math.min(...[process.constrainedMemory(), totalmem()].filter((limit) => limit > 0));
}

const decimal = /^\d+(\.\d+)?(e[+-]?\d+)?$/i;

function number(least: number, most: number): (given: string) => number {
  return (given) => {
    const value = decimal.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new Error(`a number from ${least} to ${most}, not "${given}"`);
  };
}

function oneOf<Choice extends string>(...choices: Choice[]): (given: string) => Choice {
  return (given) => {
    const choice = choices.find((one) => one === given);
    if (choice !== undefined) return choice;
    throw new Error(`one of ${choices.join(', ')}, not "${given}"`);
  };
}
