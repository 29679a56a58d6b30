import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Document, parseDocument } from 'yaml';

const run = promisify(execFile);

/** A git repository with the manifests: what a person would have and push. */
export interface Repository {
  folder: string;
  remote: string;
  /** The branch that is pushed to. */
  branch: string;
  /** Changes a YAML file in place. */
  edit(file: string, change: (document: Document) => void): void;
  read(file: string): string;
  write(file: string, text: string): void;
  /** Commits all and pushes. @returns the commit. */
  push(message: string): Promise<string>;
  /** Undoes the newest commit by a new one, and pushes. @returns that one. */
  revert(): Promise<string>;
  /** Takes the branch off the remote. */
  remove(): Promise<void>;
}

/** Of this test's own, so that nothing else in the remote is touched. */
const branch = 'segue-e2e';

/** Makes the repository of the manifests in `root`, on a branch of a remote. */
export async function manifestsIn(
  folder: string,
  root: string,
  remote: string,
): Promise<Repository> {
  const git = async (...parameters: string[]) => {
    const identity = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@example.com'];
    return (await run('git', ['-C', folder, ...identity, ...parameters])).stdout.trim();
  };
  for (const part of ['knative', 'argocd']) {
    cpSync(join(root, part), join(folder, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.ts'),
    });
  }
  await git('init', '-q', '-b', branch);
  await git('remote', 'add', 'origin', remote);
  const pushed = async () => {
    await git('push', '-q', '--force', 'origin', `HEAD:${branch}`);
    return git('rev-parse', 'HEAD');
  };
  return {
    ...{ folder, remote, branch },
    edit(file, change) {
      const path = join(folder, file);
      const document = parseDocument(readFileSync(path, 'utf8'));
      change(document);
      writeFileSync(path, document.toString());
    },
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    write: (file, text) => writeFileSync(join(folder, file), text),
    async push(message) {
      await git('add', '-A');
      await git('commit', '-q', '-m', message);
      return pushed();
    },
    async revert() {
      await git('revert', '--no-edit', 'HEAD');
      return pushed();
    },
    async remove() {
      const isThere = (await git('ls-remote', 'origin', branch)) !== '';
      if (isThere) await git('push', '-q', 'origin', `:${branch}`);
    },
  };
}
