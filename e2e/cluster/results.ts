import { writeFileSync } from 'node:fs';

/** What was measured, for people: written after each part, so that a run that breaks leaves some. */
export function resultsIn(file: string, head: readonly string[]) {
  const parts: string[] = [];
  const write = () => writeFileSync(file, `${[...head, ...parts].join('\n')}\n`);
  return {
    /** Adds a table. */
    table(title: string, columns: readonly string[], rows: readonly (string | number)[][]) {
      const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
      parts.push('', `## ${title}`, '', line(columns), line(columns.map(() => '---')));
      parts.push(...rows.map(line));
      write();
    },
    text(title: string, text: string) {
      parts.push('', `## ${title}`, '', text);
      write();
    },
  };
}

export type Results = ReturnType<typeof resultsIn>;
