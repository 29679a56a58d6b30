/**
 * A volume in memory that breaks as it is told, and that knows what a power failure leaves of it:
 * bytes and names are safe once their file, or their folder, was synced; what was not may be there,
 * or not, or in part. It stands in for `node:fs/promises` below one folder, in this process.
 */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Random } from '../../shared/random.ts';

/** A call to the volume, before it is done. */
export interface Call {
  name: string;
  path: string;
}

/** What becomes of a call. */
export type Fate =
  | { kind: 'done' }
  /** It fails; `done` where it had its effect all the same and only the answer was lost. */
  | { kind: 'error'; code: string; done: boolean }
  /** A read that sees the folder, or the file, as it was a moment ago. */
  | { kind: 'late' }
  /** Whoever called is no more; `done` where the call still had its effect. */
  | { kind: 'never'; done: boolean };

/** What is decided when a call's turn has come. */
export type Decide = (call: Call) => Promise<Fate>;

/** What a volume lies on. */
export interface Disk {
  /** Whether it says that things are synced and does nothing: who trusts it loses something. */
  lies?: boolean;
}

/** A simulated volume. */
export interface Volume {
  /** Decides on each call. */
  decide: Decide;
  /** Loses what was not synced, or some of it. */
  crash(random: Random): void;
  /** Makes everything older. */
  age(milliseconds: number): void;
}

interface File {
  bytes: Uint8Array;
  /** What a power failure leaves for certain; undefined: nothing. */
  synced: Uint8Array | undefined;
  mtimeMs: number;
}

interface Folder {
  names: Map<string, File | Folder>;
  synced: Map<string, File | Folder>;
  /** As it was before the last change. */
  earlier: Map<string, File | Folder>;
}

const isFolder = (node: File | Folder): node is Folder => 'names' in node;

/** On a volume of the network a young file can be short for a while. */
function seenOf({ bytes }: File, late: boolean): Uint8Array {
  return late ? bytes.subarray(0, bytes.length >> 1) : bytes;
}

function emptyFolder(): Folder {
  return { names: new Map(), synced: new Map(), earlier: new Map() };
}

function failure(code: string, { name, path }: Call): Error {
  return Object.assign(new Error(`${code}: simulated, ${name} '${path}'`), { code });
}

/**
 * Puts a volume where `root` is, for every caller of `node:fs/promises`, until `unmount` is called.
 * Only what the store uses is there, and as the store uses it: another function finds no such folder.
 */
export function mountVolume(
  root: string,
  decide: Decide,
  { lies = false }: Disk = {},
): { volume: Volume; unmount(): void } {
  const top = emptyFolder();
  const volume: Volume = {
    decide,
    crash: (random) => losePart(top, random),
    age: (milliseconds) => makeOlder(top, milliseconds),
  };

  /** The folder that a path's name stands in, and the name. */
  function place(call: Call, path = call.path): { folder: Folder; name: string } {
    let folder = top;
    const parts = dirname(path).slice(root.length).split('/').filter(Boolean);
    for (const part of parts) {
      const next = folder.names.get(part);
      if (next === undefined || !isFolder(next)) throw failure('ENOENT', call);
      folder = next;
    }
    return { folder, name: basename(path) };
  }

  function find(call: Call): File | Folder {
    if (call.path === root) return top;
    const { folder, name } = place(call);
    const found = folder.names.get(name);
    if (found === undefined) throw failure('ENOENT', call);
    return found;
  }

  const findFile = (call: Call) => find(call) as File;

  function change(folder: Folder, alter: (names: Map<string, File | Folder>) => void): void {
    folder.earlier = new Map(folder.names);
    alter(folder.names);
  }

  /** Does a call as its fate has it. */
  async function perform<Result>(
    name: string,
    path: string,
    action: (call: Call, late: boolean) => Result,
    inPart: () => void = () => {},
  ): Promise<Result> {
    const call = { name, path };
    const fate = await volume.decide(call);
    if (fate.kind === 'done' || fate.kind === 'late') return action(call, fate.kind === 'late');
    try {
      if (fate.done) action(call, false);
      else inPart();
    } catch {
      // It would have failed in any case.
    }
    if (fate.kind === 'error') throw failure(fate.code, call);
    return new Promise(() => {});
  }

  const remove = (call: Call) => {
    const { folder, name } = place(call);
    if (!folder.names.has(name)) throw failure('ENOENT', call);
    change(folder, (names) => names.delete(name));
  };

  const simulated = {
    open: (path: string, flags: string) =>
      perform('open', path, (call) => {
        if (flags === 'wx') {
          const { folder, name } = place(call);
          const file = { bytes: new Uint8Array(), synced: undefined, mtimeMs: Date.now() };
          change(folder, (names) => names.set(name, file));
        }
        const node = find(call);
        return {
          writeFile: (data: Uint8Array | string) => {
            const file = node as File;
            const bytes = typeof data === 'string' ? Buffer.from(data) : Uint8Array.from(data);
            const write = (length: number) => {
              file.bytes = bytes.subarray(0, length);
              file.mtimeMs = Date.now();
            };
            return perform(
              'write',
              path,
              () => write(bytes.length),
              () => write(bytes.length >> 1),
            );
          },
          stat: () => perform('stat', path, () => ({ size: (node as File).bytes.length })),
          read: (to: Uint8Array, offset: number, length: number, position: number) =>
            perform('read', path, (_call, late) => {
              const some = seenOf(node as File, late).subarray(position, position + length);
              to.set(some, offset);
              return { bytesRead: some.length };
            }),
          sync: () =>
            perform('sync', path, () => {
              if (lies) return;
              if (isFolder(node)) node.synced = new Map(node.names);
              else node.synced = node.bytes;
            }),
          close: async () => {},
        };
      }),
    link: (existing: string, path: string) =>
      perform('link', path, (call) => {
        const file = findFile({ name: 'link', path: existing });
        const { folder, name } = place(call);
        if (folder.names.has(name)) throw failure('EEXIST', call);
        change(folder, (names) => names.set(name, file));
      }),
    rename: (from: string, path: string) =>
      perform('rename', path, (call) => {
        const file = findFile({ name: 'rename', path: from });
        const { folder, name } = place(call);
        change(folder, (names) => {
          names.set(name, file);
          names.delete(basename(from));
        });
      }),
    unlink: (path: string) => perform('unlink', path, remove),
    rm: (path: string, { force = false }: { force?: boolean } = {}) =>
      perform('rm', path, (call) => {
        if (!force || place(call).folder.names.has(basename(path))) remove(call);
      }),
    mkdir: (path: string) =>
      perform('mkdir', path, (call) => {
        let first: string | undefined;
        const parts = path.slice(root.length).split('/').filter(Boolean);
        parts.forEach((_, i) => {
          const made = join(root, ...parts.slice(0, i + 1));
          const { folder, name } = place(call, made);
          if (folder.names.has(name)) return;
          change(folder, (names) => names.set(name, emptyFolder()));
          first ??= made;
        });
        return first;
      }),
    readdir: (path: string) =>
      perform('readdir', path, (call, late) => {
        const node = find(call) as Folder;
        return [...(late ? node.earlier : node.names).keys()];
      }),
    readFile: (path: string, encoding?: 'utf8') =>
      perform('readFile', path, (call, late) => {
        const seen = Buffer.from(seenOf(findFile(call), late));
        return encoding === undefined ? seen : seen.toString(encoding);
      }),
    stat: (path: string) => perform('stat', path, (call) => ({ mtimeMs: findFile(call).mtimeMs })),
    utimes: (path: string, _atime: Date, mtime: Date) =>
      perform('utimes', path, (call) => {
        findFile(call).mtimeMs = mtime.getTime();
      }),
  };

  const target = fs as unknown as Record<string, (...parameters: unknown[]) => unknown>;
  const real = { ...target };
  for (const [name, own] of Object.entries(simulated)) {
    target[name] = (...parameters) => {
      const isBelow = typeof parameters[0] === 'string' && parameters[0].startsWith(root);
      return (isBelow ? (own as (typeof target)[string]) : real[name])(...parameters);
    };
  }
  syncBuiltinESMExports();
  return {
    volume,
    unmount: () => {
      for (const name of Object.keys(simulated)) target[name] = real[name];
      syncBuiltinESMExports();
    },
  };
}

/** After a power failure each name that was not synced is there or not, each byte string whole or cut. */
function losePart(folder: Folder, random: Random): void {
  const names = new Map(folder.synced);
  for (const name of new Set([...folder.names.keys(), ...folder.synced.keys()])) {
    const now = folder.names.get(name);
    if (now === folder.synced.get(name) || random() < 0.5) continue;
    if (now === undefined) names.delete(name);
    else names.set(name, now);
  }
  for (const node of names.values()) {
    if (isFolder(node)) losePart(node, random);
    else if (node.synced !== node.bytes && random() < 0.5) {
      node.bytes = node.synced ?? node.bytes.subarray(0, Math.floor(random() * node.bytes.length));
    }
  }
  folder.names = names;
  folder.synced = new Map(names);
  folder.earlier = new Map(names);
}

function makeOlder(folder: Folder, milliseconds: number): void {
  for (const node of folder.names.values()) {
    if (isFolder(node)) makeOlder(node, milliseconds);
    else node.mtimeMs -= milliseconds;
  }
}
