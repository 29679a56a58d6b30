import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';

/**
 * What was measured, for people: written after each part, so that a run that breaks leaves some.
 * @param keep Parts of an earlier run stay, but for those that are measured again.
 */
export function resultsIn(file: string, head: readonly string[], keep: boolean) {
  const parts = new Map<string, string>();
  if (keep && existsSync(file)) {
    for (const part of readFileSync(file, 'utf8').split(/^## /m).slice(1)) {
      const [title, ...lines] = part.trimEnd().split('\n');
      parts.set(title, lines.slice(1).join('\n'));
    }
  }
  const add = (title: string, text: string) => {
    parts.set(title, text);
    const sections = [...parts].map(([title, text]) => `\n## ${title}\n\n${text}\n`);
    writeFileSync(file, `${head.join('\n')}\n${sections.join('')}`);
  };
  return {
    text: add,
    /** Adds a table, and what is to be said below it. */
    table(
      title: string,
      columns: readonly string[],
      rows: readonly (string | number)[][],
      below?: string,
    ) {
      const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
      const lines = [columns, columns.map(() => '---'), ...rows].map(line);
      add(title, [...lines, ...(below === undefined ? [] : ['', below])].join('\n'));
    },
  };
}

/** How busy this machine was in the last minute, which is the cluster's where it runs on one machine. */
export function busyness(): string {
  return `Load ${loadavg()[0].toFixed(0)} on ${availableParallelism()} cores.`;
}

export type Results = ReturnType<typeof resultsIn>;
