import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { documents, segue } from './sample.ts';

const folder = t.testdir({
  'good.csv': 'pid;track_name;artist_name\n1;Yesterday;The Beatles\n1;Hello;Adele\n',
  'bad.csv': 'pid,title\n1,Yesterday\n,Hello\n2,\n2,Alone\n',
  'more.ndjson': '{"name":"p","tracks":["Yesterday"]}\n',
  'list.dat': '1 2 3\n',
  'other.csv': 'a,b\n1,2\n',
});
const at = (name: string) => join(folder, name);

t.test('a good data set is described', async (t) => {
  const { code, stdout, stderr } = await segue(['validate', at('good.csv'), at('list.dat')], {
    cwd: folder,
  });
  t.equal(code, 0);
  t.equal(stderr, '');
  t.equal(
    stdout,
    `${at('good.csv')}: csv, utf-8; transaction "pid", item "track_name", artist "artist_name"
  sure, by its name; to say so: --columns transaction=pid,item=track_name,artist=artist_name
${at('list.dat')}: dat, utf-8
  sure, by its name
5 rows read: 5 accepted, 0 rejected
`,
  );
  t.notOk(existsSync(at('rejected.ndjson')), 'nothing rejected, nothing reported');
});

t.test('rows that are wrong are counted, reported and refused over a share', async (t) => {
  const report = at('report.ndjson');
  const parameters = ['validate', at('bad.csv'), '--report', report];
  const allowed = await segue([...parameters, '--max-rejected', '50%']);
  t.equal(allowed.code, 0);
  t.match(
    allowed.stdout,
    `4 rows read: 2 accepted, 2 rejected\n  1 transaction-empty\n  1 title-empty\nRejected rows are listed in ${report}.\n`,
  );
  const rows = documents<{ line: number; reason: string }>(readFileSync(report, 'utf8'));
  t.match(rows, [
    { file: at('bad.csv'), line: 3, reason: 'transaction-empty', mend: /Fill in/ },
    { line: 4, reason: 'title-empty' },
  ]);
  const refused = await segue([...parameters, '--json']);
  t.equal(refused.code, 65);
  t.match(refused.stderr, /^segue: 2 of 4 rows were rejected, more than 5%[^\n]+\n$/);
  t.match(documents(refused.stdout), [
    { read: 4, accepted: 2, rejected: 2, recognised: [{ format: 'csv' }] },
    { code: 'too-many-rejected' },
  ]);
});

t.test('what cannot be read says why', async (t) => {
  for (const [parameters, expected, reason] of [
    [[at('none.csv')], 66, /none\.csv does not exist/],
    [[at('other.csv')], 65, /no column for the/],
    [[at('good.csv'), '--columns', 'song=x'], 78, /COLUMNS must be a list like/],
    [[at('bad.csv'), '--report', join(folder, 'no', 'report')], 73, /no\/report: ENOENT/],
  ] as const) {
    const { code, stderr } = await segue(['validate', ...parameters], { cwd: folder });
    t.equal(code, expected, parameters.join(' '));
    t.match(stderr, reason);
    t.match(stderr, /^segue: [^\n]+\n$/);
  }
});

t.test('a report that cannot be written is not pointed to', async (t) => {
  const { stdout } = await segue([
    ...['validate', at('bad.csv'), '--report', join(folder, 'no', 'report')],
  ]);
  t.notMatch(stdout, /are listed in/);
});

t.test('what a file is packed with is said', async (t) => {
  writeFileSync(at('more.ndjson.gz'), gzipSync(readFileSync(at('more.ndjson'))));
  const { stdout } = await segue(['validate', at('more.ndjson.gz')]);
  t.match(stdout, /more\.ndjson\.gz: ndjson, gzip, utf-8\n {2}sure, by its name\n1 row read/);
});

t.test('columns can be named', async (t) => {
  const columns = 'transaction=a,item=b';
  const { code, stdout } = await segue(['validate', at('other.csv'), '--columns', columns]);
  t.equal(code, 0);
  t.match(
    stdout,
    /transaction "a", item "b"\n {2}sure, .*--columns transaction=a,item=b\n1 row read: 1 accepted, 0 rejected\n/,
  );
});

t.test('columns that are not known are proposed by what is in them', async (t) => {
  const cwd = t.testdir({ 'x.csv': 'list no,what\n7,Milk\n7,Tea\n8,Tea\n' });
  const { code, stdout, stderr } = await segue(['validate', 'x.csv'], { cwd });
  t.equal(code, 65);
  const columns = "--columns 'transaction=list no,item=what'";
  t.equal(stdout, `x.csv: a guess by what is in the columns, to be looked at: ${columns}\n`);
  t.match(stderr, /^segue: x\.csv has no column for the transaction/);
  const asData = await segue(['validate', 'x.csv', '--json'], { cwd });
  t.match(documents(asData.stdout)[0], {
    ...{ file: 'x.csv', certainty: 'proposal' },
    columns: { transaction: 'list no', item: 'what' },
  });
  const named = await segue(['validate', 'x.csv', '--columns', 'transaction=list no,item=what'], {
    cwd,
  });
  t.equal(named.code, 0);
});

t.test('with a gap between sessions each row needs a time', async (t) => {
  const cwd = t.testdir({
    'a.csv': 'user,track,timestamp\n1,A,2020-01-01T00:00:00Z\n1,B,soon\n',
    'b.csv': 'user,track\n1,A\n',
  });
  const gap = ['--session-gap', '30m', '--max-rejected', '50%'];
  const { code, stdout } = await segue(['validate', 'a.csv', ...gap], { cwd });
  t.equal(code, 0);
  t.match(stdout, /time "timestamp"\n.*\n.*1 accepted, 1 rejected/);
  const { stderr } = await segue(['validate', 'b.csv', ...gap], { cwd });
  t.match(stderr, /no column for the time/);
});
