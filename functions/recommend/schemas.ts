import { type Static, Type } from 'typebox';
import { type MeasureName, measureNames } from '../../shared/measures.ts';
import { ProblemAnswer } from '../../shared/problemAnswer.ts';
import { type SeedScoring, seedParameters } from '../../shared/scoring.ts';
import { limits } from './limits.ts';

export { problems } from '../../shared/problemAnswer.ts';

/** One schema a shape: it gives the type, the validation and the OpenAPI page. */

const Title = Type.String({ minLength: 1, maxLength: 512 });

/** A song asked for: a title, or a title and its artist. */
const AskedSong = Type.Union([
  Title,
  Type.Object({ track: Title, artist: Type.Optional(Type.String({ maxLength: 512 })) }),
]);

export const RecommendRequest = Type.Object({
  songs: Type.Array(AskedSong, { minItems: 1, maxItems: limits.asked.maximum }),
  limit: Type.Optional(Type.Integer({ minimum: 1, ...limits.recommendations })),
  exclude: Type.Optional(
    Type.Array(AskedSong, {
      maxItems: 1000,
      description: 'Songs that are not recommended; a title alone stands for all songs of it',
    }),
  ),
  diversity: Type.Optional(
    Type.Number({
      ...limits.diversity,
      description:
        'At most 1 / diversity songs of one artist in a row: 1 never two, 0.5 two, 0 any number',
    }),
  ),
});

const RuleReason = Type.Object({
  kind: Type.Literal('rule'),
  songs: Type.Array(Type.String(), {
    description: 'The songs asked for that the rule begins with',
  }),
  together: Type.Integer({ description: 'Playlists with these songs and the recommended one' }),
  given: Type.Integer({ description: 'Playlists with these songs' }),
  confidence: Type.Number({ description: 'together / given, to four decimals' }),
  lift: Type.Number({ description: 'How many times as often as by chance, to four decimals' }),
  share: Type.Number({
    description: 'Part of the score that this rule gave, 0 to 1, to four decimals',
  }),
});

const ArtistReason = Type.Object({
  kind: Type.Literal('artist'),
  artist: Type.String({ description: 'Of a song asked for, or of one that a rule leads to' }),
  together: Type.Integer({ description: 'Of these, playlists with the recommended song' }),
  given: Type.Integer({ description: 'Playlists with songs of the artist' }),
  share: Type.Number({
    description: 'Part of the score that the artist gave, 0 to 1, to four decimals',
  }),
});

const PopularReason = Type.Object({
  kind: Type.Literal('popular'),
  support: Type.Integer({ description: 'Playlists with the recommended song' }),
});

const Recommendation = Type.Object({
  track: Type.String(),
  artist: Type.String(),
  score: Type.Number(),
  because: Type.Array(Type.Union([RuleReason, ArtistReason, PopularReason]), {
    maxItems: 3,
    description: 'What carried the score most',
  }),
});

const Unmatched = Type.Array(Type.String(), {
  description:
    'Titles that the model does not know; the first 20 of them are looked for as misspelt, too',
});

const Fallback = Type.Optional(
  Type.Union([Type.Literal('artist'), Type.Literal('popular')], {
    description:
      'No rule fired: these are the songs of the artists asked for, or the most popular ones',
  }),
);

export const RecommendAnswer = Type.Object({
  songs: Type.Array(Type.String(), { description: 'Titles of the recommendations' }),
  version: Type.String(),
  model_date: Type.String({ format: 'date-time' }),
  snapshot: Type.String({ description: 'Digest of the snapshot: asks for the same answer again' }),
  recommendations: Type.Array(Recommendation),
  matched: Type.Array(
    Type.Object({
      asked: Type.String(),
      track: Type.String(),
      artist: Type.String(),
      others: Type.Integer({ description: 'Songs of the same title by other artists' }),
      corrected: Type.Optional(
        Type.Literal(true, {
          description: 'It was misspelt, and this is the only name that is as near',
        }),
      ),
    }),
  ),
  unmatched: Unmatched,
  fallback: Fallback,
});

/** A line of a batch. */
export const BatchRequest = Type.Intersect([
  Type.Object({ id: Type.Optional(Type.Unknown({ description: 'Comes back with the answer' })) }),
  RecommendRequest,
]);

const BriefAnswer = Type.Object({
  recommendations: Type.Array(
    Type.Object({ track: Type.String(), artist: Type.String(), score: Type.Number() }),
  ),
  unmatched: Unmatched,
  fallback: Fallback,
});

export const SongsQuery = Type.Object({
  q: Type.String({ minLength: 1, maxLength: 512, description: 'Beginning of a title or artist' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, ...limits.suggestions })),
});

export const SongsAnswer = Type.Object({
  songs: Type.Array(
    Type.Object({ track: Type.String(), artist: Type.String(), support: Type.Integer() }),
  ),
});

const SeedParameters = Type.Object(
  Object.fromEntries(seedParameters.map((name) => [name, Type.Number()])) as {
    [Name in keyof SeedScoring]: Type.TNumber;
  },
);

export const ModelAnswer = Type.Object({
  version: Type.String(),
  model_date: Type.String({ format: 'date-time' }),
  seq: Type.Integer({ description: 'Number of the head that names this version' }),
  cause: Type.String({ description: 'published, again or rollback' }),
  sha256: Type.String({ description: 'Digest of the snapshot' }),
  bytes: Type.Integer({ description: 'Size of the snapshot' }),
  key: Type.String({ description: 'Digest of data, settings and pipeline version' }),
  datasets: Type.Array(
    Type.Object({ name: Type.String(), sha256: Type.String(), bytes: Type.Integer() }),
  ),
  counts: Type.Record(Type.String(), Type.Integer()),
  settings: Type.Object({ minSupport: Type.Integer(), maxLength: Type.Integer() }),
  scoring: Type.Object({
    aggregation: Type.String(),
    lengthExponent: Type.Number(),
    weightScale: Type.Number(),
    bySeeds: Type.Array(SeedParameters, {
      description: 'Parameters for 1, 2-4, 5-9, 10-24, and 25 or more songs asked for',
    }),
  }),
  metrics: Type.Record(Type.String(), Type.Number()),
  gate: Type.Optional(
    Type.Object(
      { reason: Type.String(), figures: Type.Record(Type.String(), Type.Number()) },
      { description: 'What the gate said when the version was published' },
    ),
  ),
  judged: Type.Union([Type.Object({ sha256: Type.String(), bytes: Type.Integer() }), Type.Null()], {
    description: 'The model that the gate measured, made without the held-out playlists',
  }),
});

/** What pages of a list share. */
const Cursor = Type.String({
  maxLength: 200,
  description: 'Of the page before; absent in an answer: it was the last page',
});

const Figures = Type.Record(Type.String(), Type.Number());

export const ModelsQuery = Type.Object({
  cursor: Type.Optional(Cursor),
  limit: Type.Optional(Type.Integer({ minimum: 1, ...limits.versions })),
});

const Version = Type.Object({
  version: Type.String(),
  model_date: Type.String({ format: 'date-time' }),
  seq: Type.Integer({ description: 'Number of the head' }),
  cause: Type.String({ description: 'published, again or rollback' }),
  sha256: Type.String({ description: 'Digest of the snapshot' }),
  bytes: Type.Integer({ description: 'Size of the snapshot' }),
  serving: Type.Boolean({ description: 'Whether it answers here and now' }),
  datasets: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), sha256: Type.String(), bytes: Type.Integer() }), {
      description: 'Absent, as counts and metrics are, when the snapshot cannot be read',
    }),
  ),
  counts: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  metrics: Type.Optional(Figures),
  gate: Type.Optional(Type.Object({ reason: Type.String(), figures: Figures })),
});

export const ModelsAnswer = Type.Object({
  models: Type.Array(Version, { description: 'What served, the newest first' }),
  cursor: Type.Optional(Cursor),
});

/** The least that a rule must reach. */
const conditions = {
  'min-support': Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'Least share of all playlists' }),
  ),
  'min-confidence': Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  'min-lift': Type.Optional(Type.Number({ minimum: 0 })),
};

const Limit = Type.Optional(Type.Integer({ minimum: 1, ...limits.rules }));

/** A measure by its name. */
const Measure = Type.Unsafe<MeasureName>({ type: 'string', enum: measureNames });

export const RulesQuery = Type.Object({
  song: Type.Optional(
    Type.String({
      ...{ minLength: 1, maxLength: 512 },
      description: 'Only rules with this song, on any side: a title, or "Title - Artist"',
    }),
  ),
  artist: Type.Optional(Type.String({ maxLength: 512, description: 'The artist of the song' })),
  ...conditions,
  sort: Type.Optional(Measure),
  order: Type.Optional(
    Type.Unsafe<'asc' | 'desc'>({
      ...{ type: 'string', enum: ['asc', 'desc'] },
      description: 'The best first unless it is said',
    }),
  ),
  cells: Type.Optional(
    Type.Boolean({ description: 'Whether all rules are counted by support and confidence, too' }),
  ),
  cursor: Type.Optional(Cursor),
  limit: Limit,
});

const ToldSong = Type.Object({ track: Type.String(), artist: Type.String() });

const figures = {
  together: Type.Integer({ description: 'Playlists with all songs of the rule' }),
  given: Type.Integer({ description: 'Playlists with those that it begins with' }),
  support: Type.Number({ description: 'together / all playlists' }),
  confidence: Type.Number({ description: 'together / given, to four decimals' }),
  lift: Type.Number({ description: 'How many times as often as by chance, to four decimals' }),
};

const ToldRule = Type.Object({
  antecedent: Type.Array(ToldSong),
  consequent: ToldSong,
  ...figures,
  value: Type.Union([Type.Number(), Type.Null()], {
    description: 'The measure by which it is sorted; null: infinite, or without a value',
  }),
});

const scan = {
  scanned: Type.Integer({ description: 'Rules that were looked at' }),
  complete: Type.Boolean({ description: 'Whether these were all' }),
};

export const RulesAnswer = Type.Object({
  version: Type.String(),
  snapshot: Type.String({ description: 'Digest of the snapshot' }),
  transactions: Type.Integer({ description: 'All playlists' }),
  met: Type.Integer({ description: 'Rules that meet the conditions' }),
  ...scan,
  rules: Type.Array(ToldRule),
  cells: Type.Optional(
    Type.Array(
      Type.Object({
        support: Type.Number(),
        supportEnd: Type.Number(),
        confidence: Type.Number(),
        confidenceEnd: Type.Number(),
        rules: Type.Integer(),
        lift: Type.Number({ description: 'Their mean lift' }),
      }),
      { description: 'Where the rules are that meet the conditions' },
    ),
  ),
  cursor: Type.Optional(Cursor),
});

const changeKinds = ['gained', 'lost', 'changed'] as const;
type ChangeKind = (typeof changeKinds)[number];

export const DifferencePath = Type.Object({
  a: Type.String({ maxLength: 64, description: 'A version, or 12 digits or more of its digest' }),
  b: Type.String({ maxLength: 64, description: 'Another one' }),
});

export const DifferenceQuery = Type.Object({
  kind: Type.Optional(Type.Unsafe<ChangeKind>({ type: 'string', enum: [...changeKinds] })),
  'min-change': Type.Optional(
    Type.Number({ minimum: 0, description: 'What a measure must differ by more than' }),
  ),
  ...conditions,
  sort: Type.Optional(
    Type.Unsafe<'support' | 'confidence' | 'lift'>({
      ...{ type: 'string', enum: ['support', 'confidence', 'lift'] },
      description: 'The measure that is compared, the greatest difference first',
    }),
  ),
  cursor: Type.Optional(Cursor),
  limit: Limit,
});

const RuleFigures = Type.Object(figures);

const RuleChange = Type.Object({
  kind: Type.Unsafe<ChangeKind>({ type: 'string', enum: [...changeKinds] }),
  antecedent: Type.Array(ToldSong),
  consequent: ToldSong,
  before: Type.Optional(RuleFigures),
  after: Type.Optional(RuleFigures),
});

const Compared = Type.Object({
  version: Type.String(),
  model_date: Type.String({ format: 'date-time' }),
});

export const DifferenceAnswer = Type.Object({
  before: Compared,
  after: Compared,
  counts: Type.Object({
    gained: Type.Integer(),
    lost: Type.Integer(),
    changed: Type.Integer(),
    same: Type.Integer(),
  }),
  ...scan,
  changes: Type.Array(RuleChange),
  cursor: Type.Optional(Cursor),
});

/** A line of a batch's answer. */
export const BatchAnswer = Type.Union([
  Type.Intersect([
    Type.Object({ id: Type.Optional(Type.Unknown({ description: 'As it was asked' })) }),
    BriefAnswer,
  ]),
  Type.Object({
    line: Type.Integer({ description: 'Number of the line' }),
    problem: ProblemAnswer,
  }),
]);

export type Reason =
  | Static<typeof RuleReason>
  | Static<typeof ArtistReason>
  | Static<typeof PopularReason>;
export type RecommendRequest = Static<typeof RecommendRequest>;
export type RecommendAnswer = Static<typeof RecommendAnswer>;
export type BriefAnswer = Static<typeof BriefAnswer>;
export type ModelAnswer = Static<typeof ModelAnswer>;
export type ModelsQuery = Static<typeof ModelsQuery>;
export type ModelsAnswer = Static<typeof ModelsAnswer>;
export type RulesQuery = Static<typeof RulesQuery>;
export type RulesAnswer = Static<typeof RulesAnswer>;
export type ToldRule = Static<typeof ToldRule>;
export type DifferenceQuery = Static<typeof DifferenceQuery>;
export type DifferenceAnswer = Static<typeof DifferenceAnswer>;
export type RuleChange = Static<typeof RuleChange>;
export type RuleFigures = Static<typeof RuleFigures>;
