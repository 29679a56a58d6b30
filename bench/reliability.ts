/** Writes reliability.md, of which each target makes its own part. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const path = join(import.meta.dirname, 'reliability.md');

const head = `# Reliability

What was done to Segue, how often, and what came of it. What it promises stands in
[PROMISES.md](../knative/PROMISES.md), what it is kept from in [THREATS.md](../knative/THREATS.md). Each
part is written by its target, which ends with an error instead when a promise is broken.
`;

/** The parts, in their order. */
const titles = ['Faults', 'Floods', 'Bad input', 'Soak'] as const;

/** Puts a part in the place of the one there. @param text Markdown without the title. */
export async function report(title: (typeof titles)[number], text: string): Promise<void> {
  const parts = new Map(
    (await readFile(path, 'utf8'))
      .split(/^## /m)
      .slice(1)
      .map((part) => [
        part.slice(0, part.indexOf('\n')),
        part.slice(part.indexOf('\n') + 1).trim(),
      ]),
  );
  parts.set(title, text.trim());
  const written = titles.flatMap((one) => {
    const part = parts.get(one);
    return part === undefined ? [] : `## ${one}\n\n${part}\n`;
  });
  await writeFile(path, [head, ...written].join('\n'));
}

/** A number as people read it. */
export function count(value: number): string {
  return value.toLocaleString('en');
}
