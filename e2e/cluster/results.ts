import { existsSync, readFileSync, writeFileSync } from 'node:fs';

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
    /** Adds a table. */
    table(title: string, columns: readonly string[], rows: readonly (string | number)[][]) {
      const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
      add(title, [columns, columns.map(() => '---'), ...rows].map(line).join('\n'));
    },
  };
}

export type Results = ReturnType<typeof resultsIn>;
