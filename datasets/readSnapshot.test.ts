import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { smallSnapshot } from '../shared/sample.ts';
import { encodeSnapshot, type Names, nameAt } from '../shared/snapshot.ts';
import { findPython, runPython } from './python.ts';

const found = findPython('msgpack');
t.test('Python reads a snapshot', { skip: 'skip' in found && found.skip }, async (t) => {
  const snapshot = {
    ...smallSnapshot(),
    ruleTogether: Uint8Array.of(5, 255, 2),
    frequentRules: Uint8Array.of(1),
    frequentTogether: Uint16Array.of(300),
    ruleWeights: Uint16Array.of(2560, 65_535, 1024),
    heavyRules: Uint8Array.of(1),
    heavyWeights: Uint32Array.of(80_000),
  };
  const path = join(t.testdir({}), 'snapshot.msgpack');
  writeFileSync(path, encodeSnapshot(snapshot));
  const reader = `
import json, sys
sys.path.insert(0, sys.argv[1])
from read_snapshot import read_snapshot
print(json.dumps(read_snapshot(sys.argv[2])))`;
  const { python } = found as { python: string };
  const { facts, titles, artists, titleIndex, artistIndex, ...columns } = snapshot;
  const whole = { ruleTogether: [5, 300, 2], ruleWeights: [2560, 80_000, 1024] };
  const numbers = Object.entries({ ...columns, ...whole })
    .filter(([name]) => !/^(frequent|heavy)/.test(name))
    .map(([name, column]) => [name, [...(column as Iterable<number>)]]);
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
