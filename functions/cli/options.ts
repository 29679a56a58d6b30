import { Option } from 'commander';
import { type Configuration, configure, type SettingName } from '../../shared/configuration.ts';
import { problem } from '../../shared/problems.ts';

/**
 * Options of commands are settings under another spelling: `--min-support` is MIN_SUPPORT. What
 * the command line gives goes before the environment, and one place knows defaults and limits.
 */
export function settingsFrom<Names extends SettingName>(
  options: Readonly<Record<string, unknown>>,
  names: readonly Names[],
): Configuration<Names> {
  return configure(environmentWith(options), names);
}

/** The environment with what the command line gives in place of its own values. */
export function environmentWith(options: Readonly<Record<string, unknown>>): NodeJS.ProcessEnv {
  const given = Object.entries(options)
    .filter(([, value]) => typeof value === 'string')
    .map(([name, value]) => [settingName(name), value as string]);
  return { STORE: '.segue', ...process.env, ...Object.fromEntries(given) };
}

/**
 * The value of an option that counts something and is no setting; absent stays absent.
 * @throws `usage`
 */
export function wholeNumber(
  option: string,
  given: string | undefined,
  most = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= 1 && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? 'from 1' : `from 1 to ${most}`;
  throw problem('usage', {
    reason: `${option} must be a whole number ${range}, not "${given}".`,
  });
}

/**
 * The value of an option that is a number and no setting; absent stays absent.
 * @throws `usage`
 */
export function numberWithin(
  option: string,
  given: string | undefined,
  { minimum, maximum }: { minimum: number; maximum: number },
): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() !== '' && value >= minimum && value <= maximum) return value;
  throw problem('usage', {
    reason: `${option} must be a number from ${minimum} to ${maximum}, not "${given}".`,
  });
}

/** Lines to begin with, for the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return ['', 'Examples:', ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The options that more than one command has. */
export const storeOption = () =>
  new Option('--store <folder>', 'where snapshots are kept (default: ".segue")');
export const jsonOption = () => new Option('--json', 'print data instead of text');
export const columnsOption = () =>
  new Option('--columns <names>', 'columns as transaction=NAME,item=NAME,artist=NAME,time=NAME');
export const sessionGapOption = () =>
  new Option('--session-gap <time>', 'pause that ends a session, as 30m; rows then need a time');
export const maxRejectedOption = () =>
  new Option('--max-rejected <share>', 'rows that may be rejected (default: "5%")');

export const threadsOption = () =>
  new Option('--threads <n>', 'threads that read and mine (default: one a core)');

/** `minSupport` to `MIN_SUPPORT`. */
function settingName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
