import t from 'tap';
import { parse } from './read.ts';
import { bytesOf, gather, gatherContent } from './sample.ts';

const groceries = [
  'citrus fruit,semi-finished bread,margarine,ready soups',
  'tropical fruit,yogurt,coffee',
  'whole milk',
  '',
  '"butter, salted",yogurt, rice ',
].join('\r\n');

const expected = [
  ...['citrus fruit', 'semi-finished bread', 'margarine', 'ready soups'].map((item) => [1, item]),
  ...['tropical fruit', 'yogurt', 'coffee'].map((item) => [2, item]),
  [3, 'whole milk'],
  ...['butter, salted', 'yogurt', 'rice'].map((item) => [5, item]),
];

t.test('a basket a line, by its ending or as a guess', async (t) => {
  for (const name of ['shop.baskets', 'shop.basket', 'shop.csv', 'shop']) {
    const { rows, rejected } = await gatherContent(name, groceries, 7);
    t.same(
      rows,
      expected.map(([line, item]) => [`${name}:${line}`, item, '']),
      name,
    );
    t.same(rejected, []);
  }
});

t.test('a header that counts, and lines that are filled up', async (t) => {
  const text = 'Item(s),Item 1,Item 2,Item 3\n2,milk,bread,\n3,milk,rice,beer\n1,beer,,\n';
  const { rows } = await gatherContent('groceries.basket', text);
  t.same(
    rows.map(([, item]) => item),
    ['milk', 'bread', 'milk', 'rice', 'beer', 'beer'],
  );
});

t.test('an item can be called so, too', async (t) => {
  const { rows } = await gatherContent('a.basket', 'item\nmilk,rice\n');
  t.equal(rows.length, 3);
});

t.test('other delimiters, and quotes that are not right', async (t) => {
  const { rows, rejected } = await gatherContent('a.basket', 'one\na;b;c\n"d;e\n\uFFFD;f\n');
  t.same(
    rows.map(([, item]) => item),
    ['one', 'a', 'b', 'c', 'f'],
  );
  t.match(rejected, [
    { line: 3, reason: 'quotes', row: '"d;e' },
    { line: 4, reason: 'encoding' },
  ]);
});

t.test('many lines come in batches', async (t) => {
  const text = 'a,b,c\n'.repeat(5000);
  let batches = 0;
  for await (const { titles } of parse('a.basket', bytesOf(text), {})) {
    t.ok(titles.length < 5000);
    batches++;
  }
  t.equal(batches, 4);
});

t.test('a table with a few ragged rows stays a table', async (t) => {
  const ragged = `a,b\n${'1,2\n'.repeat(20)}1,2,3\n`;
  await t.rejects(gather(parse('x.csv', bytesOf(ragged), {})), { code: 'column-missing' });
  await t.rejects(gather(parse('x.csv', bytesOf(groceries), { item: 'milk' })), {
    code: 'column-missing',
  });
});
