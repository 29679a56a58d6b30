import { Option } from 'commander';
import { type Configuration, configure, type SettingName } from '../../shared/configuration.ts';

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

/** The options that more than one command has. */
export const storeOption = () =>
  new Option('--store <folder>', 'where snapshots are kept (default: ".segue")');
export const jsonOption = () => new Option('--json', 'print data instead of text');
export const columnsOption = () =>
  new Option('--columns <names>', 'columns as transaction=NAME,item=NAME,artist=NAME');
export const maxRejectedOption = () =>
  new Option('--max-rejected <share>', 'rows that may be rejected (default: "5%")');

/** `minSupport` to `MIN_SUPPORT`. */
function settingName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
