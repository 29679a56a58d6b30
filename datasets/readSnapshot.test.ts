import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { smallSnapshot } from '../shared/sample.ts';
import { encodeSnapshot, type Names, nameAt } from '../shared/snapshot.ts';
import { findPython, runPython } from './python.ts';

const found = findPython('msgpack');
t.test('Python reads a snapshot', { skip: 'skip' in found && found.skip }, async (t) => {
  const snapshot = smallSnapshot();
  const path = join(t.testdir({}), 'snapshot.msgpack');
  writeFileSync(path, encodeSnapshot(snapshot));
  const reader = `
import json, sys
sys.path.insert(0, sys.argv[1])
from read_snapshot import read_snapshot
print(json.dumps(read_snapshot(sys.argv[2])))`;
  const { python } = found as { python: string };
  const { facts, titles, artists, titleIndex, artistIndex, ...columns } = snapshot;
  const numbers = Object.entries(columns).map(([name, column]) => [
    name,
    [...(column as Uint32Array)],
  ]);
  t.match(runPython(python, reader, [import.meta.dirname, path]), {
    format: 'segue-snapshot',
    ...facts,
    titles: namesIn(titles),
    artists: namesIn(artists),
    columns: {
      ...Object.fromEntries(numbers),
      titleIndexBytes: [...titleIndex.bytes],
      artistWithWordOffsets: [...artistIndex.withWord.offsets],
    },
  });
});

function namesIn(names: Names): string[] {
  return Array.from({ length: names.offsets.length - 1 }, (_, i) => nameAt(names, i));
}
