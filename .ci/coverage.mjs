// Ends the tests badly when a line, a statement or a function of the sources is reached by no test.
// Branches are told only: which of them random examples reach is another matter in each run. Where the
// shared data sets are absent, and the tests that need them were left out, lines are told only, too.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const { total, ...files } = JSON.parse(readFileSync('.tap/report/coverage-summary.json', 'utf8'));
const gaps = Object.entries(files).filter(([, file]) =>
  [file.lines, file.statements, file.functions].some(({ pct }) => pct < 100),
);
for (const [file, { lines, functions }] of gaps) {
  process.stderr.write(
    `${relative('.', file)}: ${lines.pct} % of the lines and ${functions.pct} % of the functions are tested.\n`,
  );
}
process.stdout.write(
  `Coverage of ${Object.keys(files).length} files: ${total.lines.pct} % of the lines, ${total.functions.pct} % of the functions, ${total.branches.pct} % of the branches.\n`,
);
process.exitCode = gaps.length > 0 && existsSync('../shared/data') ? 1 : 0;
