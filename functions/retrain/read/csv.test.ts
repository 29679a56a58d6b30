import { parse as csvParse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { anyRows, gatherContent, tableOf } from './sample.ts';

const dialect = fc.record({
  delimiter: fc.constantFrom(',', '\t', ';', '|'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  quoteAll: fc.boolean(),
});

t.test('a table that is written and read gives the same rows', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRows, dialect, async (rows, { delimiter, newline, quoteAll }) => {
      const table = tableOf(rows, delimiter, newline, quoteAll);
      const { rejected, ...read } = await gatherContent('a.csv', table);
      t.strictSame(rejected, []);
      t.strictSame(read, { read: rows.length, rows });
    }),
  );
});

/** Lines out of the signs that matter to the parser. */
const garbage = fc.string({ unit: fc.constantFrom(...'"",,\n\r ab\t;é'), maxLength: 60 });

t.test('where chunks end makes no difference', async (t) => {
  await fc.assert(
    fc.asyncProperty(garbage, fc.integer({ min: 1, max: 9 }), async (text, chunkBytes) => {
      const table = `pid,track\n${text}`;
      t.strictSame(
        await gatherContent('a.csv', table, chunkBytes),
        await gatherContent('a.csv', table),
      );
    }),
  );
});

t.test('rows that csv-parse takes as a whole are the rows that are taken', async (t) => {
  await fc.assert(
    fc.asyncProperty(garbage, async (text) => {
      const table = `pid,track\n${text.replaceAll('\r', '')}\n`;
      let records: string[][];
      try {
        records = csvParse(table, { relax_column_count: true, record_delimiter: '\n' });
      } catch {
        return;
      }
      const good = records
        .slice(1)
        .filter((fields) => fields.length === 2 && fields.every((field) => field.trim() !== ''))
        .map(([id, title]) => [id!.trim(), title!.trim(), '']);
      t.strictSame((await gatherContent('a.csv', table)).rows, good);
    }),
    { numRuns: 300 },
  );
});

t.test(
  'each row of one line is judged alone, whatever quotes are left open around it',
  async (t) => {
    const kinds = { 'plain song': true, '"quoted, song"': true, '"open': false, 'in"ner"': false };
    const titles = fc.array(fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(titles, fc.integer({ min: 1, max: 99 }), async (titles, chunkBytes) => {
        const table = `pid,track\n${titles.map((title, i) => `${i + 2},${title}`).join('\n')}`;
        const { rows, rejected, read } = await gatherContent('a.csv', table, chunkBytes);
        t.equal(read, titles.length);
        const lines = titles.map((title, i) => ({ line: i + 2, good: kinds[title] }));
        const good = lines.filter(({ good }) => good).map(({ line }) => `${line}`);
        const bad = lines.filter(({ good }) => !good).map(({ line }) => [line, 'quotes']);
        t.strictSame(
          rows.map(([id]) => id),
          good,
        );
        t.strictSame(
          rejected
            .map(({ line, reason }) => [line, reason])
            .sort(([one], [other]) => Number(one) - Number(other)),
          bad,
        );
      }),
    );
  },
);

t.test('a quote that is never closed costs one row, however many follow', async (t) => {
  const rows = Array.from({ length: 20_000 }, (_, i) => `${i},"song, ${i}"\n`).join('');
  const plain = Array.from({ length: 20_000 }, (_, i) => `${i},song ${i}\n`).join('');
  for (const rest of [rows, plain]) {
    const { read, rejected } = await gatherContent('a.csv', `pid,track\n1,"open\n${rest}`);
    t.equal(read, 20_001);
    t.match(rejected, [{ file: 'a.csv', line: 2, reason: 'quotes', row: '1,"open' }]);
    t.equal(rejected.length, 1);
  }
});

t.test('rejected rows say where and why', async (t) => {
  const table = [
    'pid,track,artist',
    '1,"two\r\nlines",a',
    '2,few',
    '',
    '   ',
    '3,"more ""than""",enough,fields',
    ' ,no id,a',
    '4,\0 ,a',
    '5,inner "quotes",a',
    `6,${'x'.repeat(513)},a`,
    '7,damaged \uFFFD,a',
    '8,good,',
    '9,good,damaged \uFFFD',
  ].join('\n');
  const { rows, rejected, read } = await gatherContent('a.csv', table);
  t.equal(read, 10);
  t.strictSame(rows, [
    ['1', 'two\r\nlines', 'a'],
    ['8', 'good', ''],
  ]);
  t.strictSame(
    rejected.map(({ line, reason, row }) => [line, reason, row.slice(0, 12)]),
    [
      [4, 'fields', '2,few'],
      [7, 'fields', '3,"more ""th'],
      [8, 'transaction-empty', ' ,no id,a'],
      [9, 'title-empty', '4,\0 ,a'],
      [10, 'quotes', '5,inner "quo'],
      [11, 'too-long', '6,xxxxxxxxxx'],
      [12, 'encoding', '7,damaged \uFFFD,'],
      [14, 'encoding', '9,good,damag'],
    ],
  );
  t.ok(rejected.every(({ row, mend }) => row.length <= 200 && mend.endsWith('.')));
});

t.test('bytes that are no UTF-8 reject their row', async (t) => {
  const table = Buffer.concat([
    Buffer.from('pid,track\n1,caf'),
    Buffer.of(0xe9),
    Buffer.from('\n2,café\n'),
  ]);
  const { rows, rejected } = await gatherContent('a.csv', table);
  t.strictSame(rows, [['2', 'café', '']]);
  t.match(rejected, [{ line: 2, reason: 'encoding' }]);
  for (const rows of [1, 50_000]) {
    const cut = Buffer.from(`pid,track\n${'1,song\n'.repeat(rows)}2,café`).subarray(0, -1);
    t.match((await gatherContent('a.csv', cut)).rejected, [{ line: rows + 2, reason: 'encoding' }]);
  }
});

t.test('a header with wrong quotes or none at all is a missing column', async (t) => {
  for (const header of ['"pid,track\n1,2\n', 'pid\n1\n', '"a"b,c\n']) {
    await t.rejects(gatherContent('a.csv', header), { code: 'column-missing' });
  }
});
