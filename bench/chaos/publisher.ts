/** Publishes one small model after the other until it is killed: `node publisher.ts STORE`. */
import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { monotonicFactory } from 'ulid';
import { publishSmall } from '../../shared/sample.ts';
import { prune } from '../../shared/store/prune.ts';

// Who is killed leaves no cache at its end, and most of a start is compiling.
flushCompileCache();
const store = process.argv[2];
const nextSequence = monotonicFactory();
for (;;) {
  const { head } = await publishSmall(store, randomUUID(), nextSequence());
  // Said at once: whoever kills this process holds it to what it has said.
  writeSync(1, `${head.seq}\n`);
  await prune(store, { keepVersions: 2, pinned: [], graceMs: 0 });
}
