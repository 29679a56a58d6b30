import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import t from 'tap';
import { configure, type SettingName, settingNames } from './configuration.ts';

const one = (name: SettingName, text: string) => configure({ [name]: text }, [name])[name];

t.test('a setting that is absent or empty has its default', async (t) => {
  const defaults = {
    PORT: 8080,
    RETRAIN_PORT: 8081,
    UPLOAD_PORT: 8082,
    HOST: '',
    SNAPSHOT: undefined,
    POLL_MS: 2000,
    MAX_WAIT_MS: 250,
    UPLOAD_TOKEN: undefined,
    UPLOAD_TOKEN_FILE: undefined,
    DATASET_HOSTS: [],
    SIGNING_KEY_FILE: undefined,
    PUBLIC_KEY_FILE: undefined,
    CORS_ORIGINS: [],
    RATE_LIMIT: undefined,
    TRUSTED_PROXIES: [],
    DATASET_NETWORKS: [],
    DATASET_TIMEOUT: 600_000,
    MAX_UPLOAD_BYTES: 2 ** 31,
    UPLOAD_URL: undefined,
    LOG_LEVEL: 'info',
    COLUMNS: {},
    SESSION_GAP: undefined,
    MIN_SUPPORT: undefined,
    MAX_LENGTH: 2,
    MAX_ITEMSETS: 20_000_000,
    MAX_RULES: 4_000_000,
    THREADS: Math.min(availableParallelism(), 64),
    MAX_MEMORY: Math.floor(0.9 * Math.min(process.constrainedMemory() || Infinity, totalmem())),
    MAX_REJECTED: 0.05,
    AGGREGATION: 'sum',
    MAX_VISITS: 8192,
    TUNING_FITS: 3,
    SHRINKAGE: undefined,
    ARTIST_WEIGHT: undefined,
    ARTIST_SHRINKAGE: undefined,
    ARTIST_SPREAD: undefined,
    SPREAD_EXPONENT: undefined,
    LONG_WEIGHT: undefined,
    LENGTH_EXPONENT: undefined,
    POPULARITY_DAMPING: undefined,
    FORCE: 'false',
    KEEP_VERSIONS: 10,
    PINNED: [],
  };
  const names = Object.keys(defaults) as (keyof typeof defaults)[];
  t.strictSame(configure({}, names), defaults);
  const empty = Object.fromEntries(names.map((name) => [name, ' ']));
  t.strictSame(configure(empty, names), defaults);
  const needed = settingNames.filter((name) => !(name in defaults));
  t.strictSame(needed.sort(), ['DATASETS', 'K_SINK', 'STORE']);
});

t.test('all mistakes are in one message', async (t) => {
  const environment = { PORT: 'http', K_SINK: 'broker', MAX_REJECTED: '5', LOG_LEVEL: 'loud' };
  t.throws(() => configure(environment, [...settingNames]), {
    code: 'configuration',
    exitCode: 78,
    message: [
      'Mend these settings: PORT must be a whole number from 0 to 65535, not "http"',
      'STORE is missing',
      'DATASETS is missing',
      'K_SINK must be an http or https address, not "broker"',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
      'MAX_REJECTED must be a share from 0% to 100%, not "5".',
    ].join('; '),
  });
});

t.test('only what is asked for is read', async (t) => {
  t.strictSame(configure({ PORT: '1', HOST: 'x', UNKNOWN: 'y' }, ['PORT']), { PORT: 1 });
});

t.test('each setting takes what is within its limits, and nothing else', async (t) => {
  const table: [SettingName, [text: string, value: unknown][], wrong: string[]][] = [
    [
      'PORT',
      [
        ['0', 0],
        ['65535', 65_535],
        [' 80 ', 80],
      ],
      ['65536', '-1', '1.5', '1e3', '0x50', ''],
    ],
    ['RETRAIN_PORT', [['1', 1]], ['0', '65536']],
    ['UPLOAD_PORT', [['65535', 65_535]], ['0', '65536']],
    ['HOST', [['::1', '::1']], []],
    [
      'STORE',
      [
        ['store', resolve('store')],
        ['/a/../b/', '/b'],
      ],
      [],
    ],
    ['DATASETS', [['.', process.cwd()]], []],
    ['SNAPSHOT', [['42', '42']], []],
    [
      'POLL_MS',
      [
        ['10', 10],
        ['86400000', 86_400_000],
      ],
      ['9', '86400001'],
    ],
    [
      'MAX_WAIT_MS',
      [
        ['0', 0],
        ['60000', 60_000],
      ],
      ['-1', '60001'],
    ],
    [
      'K_SINK',
      [
        ['http://broker/', 'http://broker/'],
        ['HTTPS://broker:1/a?b', 'HTTPS://broker:1/a?b'],
      ],
      ['broker', 'ftp://broker', 'http://', '//broker', 'file:///x'],
    ],
    ['UPLOAD_TOKEN_FILE', [['/etc/tokens', '/etc/tokens']], []],
    [
      'CORS_ORIGINS',
      [
        ['*', ['*']],
        ['https://a.example, http://b:1', ['https://a.example', 'http://b:1']],
      ],
      ['a.example', 'https://a.example/', 'null'],
    ],
    ['RATE_LIMIT', [['60', 60]], ['0', '1.5']],
    ['TRUSTED_PROXIES', [['10.0.0.0/8', ['10.0.0.0/8']]], ['loopback']],
    ['SIGNING_KEY_FILE', [['/etc/key.pem', '/etc/key.pem']], []],
    ['PUBLIC_KEY_FILE', [['/etc/key.pem', '/etc/key.pem']], []],
    ['DATASET_HOSTS', [['a.example, b.example:8443', ['a.example', 'b.example:8443']]], []],
    [
      'DATASET_NETWORKS',
      [['10.0.0.0/8,fd00::/8', ['10.0.0.0/8', 'fd00::/8']]],
      ['10.0.0.0', '10.0.0.0/33', 'fd00::/129', 'example.com/8', '10.0.0/8'],
    ],
    ['DATASET_TIMEOUT', [['10m', 600_000]], ['10', '0s']],
    ['UPLOAD_TOKEN', [['0123456789abcdef', '0123456789abcdef']], ['0123456789abcde']],
    [
      'MAX_UPLOAD_BYTES',
      [
        ['1', 1],
        ['9007199254740991', Number.MAX_SAFE_INTEGER],
      ],
      ['0', '9007199254740992'],
    ],
    ['UPLOAD_URL', [['https://upload.example', 'https://upload.example']], ['upload', 'file:///x']],
    [
      'LOG_LEVEL',
      [
        ['trace', 'trace'],
        ['silent', 'silent'],
      ],
      ['INFO', 'verbose'],
    ],
    [
      'COLUMNS',
      [
        ['item=title', { item: 'title' }],
        [
          'transaction = pid, item=a=b ,artist=the band,',
          { transaction: 'pid', item: 'a=b', artist: 'the band' },
        ],
        [',', {}],
      ],
      ['title', 'item', 'item=', 'song=title', 'item=a,item=b', '__proto__=x', 'item=a;artist=b,x'],
    ],
    [
      'SESSION_GAP',
      [
        ['90s', 90_000],
        ['30m', 1_800_000],
        ['2h', 7_200_000],
        ['1d', 86_400_000],
      ],
      ['30', '0m', '1.5h', '-1m', '5w'],
    ],
    ['MIN_SUPPORT', [['0.5%', '0.5%']], []],
    [
      'MAX_LENGTH',
      [
        ['2', 2],
        ['100', 100],
      ],
      ['1', '101'],
    ],
    [
      'MAX_ITEMSETS',
      [
        ['1', 1],
        ['2147483648', 2 ** 31],
      ],
      ['0', '2147483649'],
    ],
    [
      'MAX_MEMORY',
      [
        ['1048576', 2 ** 20],
        ['1.5GiB', 1.5 * 2 ** 30],
        ['500 mb', 500 * 2 ** 20],
        ['2G', 2 ** 31],
        ['2048k', 2 ** 21],
      ],
      ['0', '1048575', '1TiB', '-1GiB', 'much'],
    ],
    [
      'THREADS',
      [
        ['1', 1],
        ['64', 64],
      ],
      ['0', '65', 'all'],
    ],
    [
      'MAX_RULES',
      [
        ['1', 1],
        ['2147483648', 2 ** 31],
      ],
      ['0', '2147483649'],
    ],
    [
      'MAX_REJECTED',
      [
        ['0', 0],
        ['0%', 0],
        ['1', 1],
        ['100%', 1],
        ['0.05', 0.05],
        ['2.5%', 0.025],
      ],
      ['1.01', '101%', '-1%', 'five', '5 %', '%', '.5', '5%%', 'Infinity', 'NaN'],
    ],
    [
      'AGGREGATION',
      [
        ['sum', 'sum'],
        ['max', 'max'],
      ],
      ['mean', 'SUM'],
    ],
    [
      'SHRINKAGE',
      [
        ['0', 0],
        ['1e9', 1e9],
        ['2.5', 2.5],
      ],
      ['-0.1', '1000000001', 'NaN', 'x'],
    ],
    ...(['ARTIST_WEIGHT', 'ARTIST_SHRINKAGE', 'ARTIST_SPREAD', 'LONG_WEIGHT'] as const).map(
      (name): [SettingName, [string, unknown][], string[]] => [
        name,
        [
          ['0', 0],
          ['1e9', 1e9],
        ],
        ['-1', '1e10', 'x'],
      ],
    ),
    [
      'SPREAD_EXPONENT',
      [
        ['0', 0],
        ['10', 10],
      ],
      ['-1', '11'],
    ],
    [
      'TUNING_FITS',
      [
        ['0', 0],
        ['3', 3],
      ],
      ['4', 'x'],
    ],
    [
      'FORCE',
      [
        ['true', 'true'],
        ['false', 'false'],
      ],
      ['yes', '1'],
    ],
    [
      'MAX_VISITS',
      [
        ['0', 0],
        ['8192', 8192],
      ],
      ['-1', 'x'],
    ],
    [
      'LENGTH_EXPONENT',
      [
        ['0', 0],
        ['10', 10],
      ],
      ['-1', '10.01', 'Infinity'],
    ],
    [
      'POPULARITY_DAMPING',
      [
        ['0', 0],
        ['10', 10],
      ],
      ['-1', '10.01', '0,5', '0x5'],
    ],
    [
      'KEEP_VERSIONS',
      [
        ['1', 1],
        ['1000000', 1_000_000],
      ],
      ['0', '1000001'],
    ],
    [
      'PINNED',
      [
        ['1', ['1']],
        [' 1, ,2,', ['1', '2']],
        [',', []],
      ],
      [],
    ],
  ];
  t.strictSame(table.map(([name]) => name).sort(), [...settingNames].sort(), 'all are here');
  for (const [name, right, wrong] of table) {
    for (const [text, value] of right) t.strictSame(one(name, text), value, `${name}=${text}`);
    for (const text of wrong.filter((text) => text !== '')) {
      const message = `Mend these settings: ${name} must be `;
      t.throws(() => one(name, text), { code: 'configuration', message }, `${name}=${text}`);
    }
  }
});

t.test('a secret that is not valid is not repeated', async (t) => {
  t.throws(() => one('UPLOAD_TOKEN', 'hunter2'), { message: /^(?!.*hunter2).*16 characters/ });
});

t.test('what a caller does with a default stays with that caller', async (t) => {
  configure({}, ['PINNED']).PINNED.push('1');
  configure({}, ['COLUMNS']).COLUMNS.item = 'x';
  t.strictSame(configure({}, ['PINNED', 'COLUMNS']), { PINNED: [], COLUMNS: {} });
});
