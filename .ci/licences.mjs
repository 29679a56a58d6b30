// Lists the licences of what is shipped, by what the lockfile says: a line a licence, then each package.
import { readFileSync } from 'node:fs';

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const shipped = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && !dev)
  .map(([path, { version, license }]) => ({
    name: `${path.split('node_modules/').at(-1)} ${version}`,
    license,
  }));
for (const [license, some] of Object.entries(
  Object.groupBy(shipped, (one) => one.license),
).sort()) {
  process.stdout.write(`${license}\n${some.map(({ name }) => `  ${name}\n`).join('')}`);
}
