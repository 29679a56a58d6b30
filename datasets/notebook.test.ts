import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { sampleSettings, snapshotOf } from '../functions/recommend/sample.ts';
import { encodeSnapshot } from '../shared/snapshot.ts';
import { findPython, runPython } from './python.ts';

/** The script of README.md. */
const [, script] =
  /```python\n(.+?)```/s.exec(readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')) ?? [];

/** Of each title those playlists whose number it divides: one is in all of them, others in few. */
const playlists = Array.from({ length: 60 }, (_, number) =>
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].filter((title) => number % title === 0).map(String),
);

/** "given -> song" with the playlists that hold both, and their share of those with the first. */
function countRules(minSupport: number): Record<string, [together: number, confidence: number]> {
  const rules: Record<string, [number, number]> = {};
  for (let given = 1; given <= 11; given++) {
    const holders = playlists.filter((titles) => titles.includes(`${given}`));
    for (let song = 1; song <= 11; song++) {
      const together = holders.filter((titles) => titles.includes(`${song}`)).length;
      if (song === given || together < minSupport) continue;
      rules[`${given} -> ${song}`] = [together, together / holders.length];
    }
  }
  return rules;
}

const found = findPython('msgpack', 'pandas');
t.test('pandas reads every rule', { skip: 'skip' in found && found.skip }, async (t) => {
  const { python } = found as { python: string };
  const folder = t.testdir({});
  copyFileSync(join(import.meta.dirname, 'read_snapshot.py'), join(folder, 'read_snapshot.py'));
  const print = `
import json
titles = model["titles"]
rows = zip(rules.given, rules.song, rules.together, rules.confidence)
print(json.dumps({f"{titles[g]} -> {titles[s]}": [int(n), float(c)] for g, s, n, c in rows}))`;
  // All listed, some of them, none.
  for (const [maxVisits, minSupport] of [
    [0, 1],
    [100, 3],
    [8192, 1],
  ] as const) {
    const settings = { ...sampleSettings, maxVisits, minSupport };
    writeFileSync(
      join(folder, 'model.msgpack'),
      encodeSnapshot(await snapshotOf(playlists, settings)),
    );
    t.strictSame(runPython(python, script + print, [], folder), countRules(minSupport));
  }
});
