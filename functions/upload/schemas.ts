import { Type } from 'typebox';

/** One schema a shape: it gives the types of addresses, and the OpenAPI document. */

export const NameInPath = Type.Object({
  name: Type.String({
    pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$',
    description: 'A plain file name',
  }),
});
export const IdInPath = Type.Object({ id: Type.String({ minLength: 1 }) });
export const VersionInPath = Type.Object({ version: Type.String({ minLength: 1 }) });

/** What a broker says of an event that it could not deliver: a CloudEvent in binary mode. */
export const DeadLetterHeaders = Type.Object({
  'ce-id': Type.String(),
  'ce-source': Type.Optional(Type.String()),
  'ce-knativeerrordest': Type.String({ description: 'Where it could not be delivered' }),
});

const Time = Type.String({ format: 'date-time' });

const Dataset = Type.Object({
  name: Type.String(),
  sha256: Type.String(),
  bytes: Type.Integer(),
  uploaded: Time,
});

export const DatasetsAnswer = Type.Object({ datasets: Type.Array(Dataset) });

export const UploadAnswer = Type.Object({
  ...Dataset.properties,
  rows: Type.Object({
    read: Type.Integer(),
    accepted: Type.Integer(),
    rejected: Type.Integer(),
  }),
  event: Type.String({ description: 'ULID of the upload: of two, the greater one is newer' }),
  run: Type.String({ description: 'Where the training will be told of' }),
});

const Figures = Type.Record(Type.String(), Type.Number());

const AnsweredEvent = Type.Object({
  source: Type.String(),
  id: Type.String(),
  answer: Type.Object({
    outcome: Type.String(),
    version: Type.Optional(Type.String()),
    reason: Type.Optional(Type.String()),
    figures: Type.Optional(Figures),
  }),
});

export const RunAnswer = Type.Object({
  key: Type.String({ description: 'Of the data sets and the settings' }),
  datasets: Type.Array(
    Type.Object({ name: Type.String(), sha256: Type.String(), bytes: Type.Integer() }),
  ),
  event: Type.Object({ source: Type.String(), id: Type.String() }),
  started: Time,
  updated: Time,
  step: Type.String({ description: 'The step at work, or the last one' }),
  steps: Type.Array(Type.Object({ step: Type.String(), ms: Type.Number(), counts: Figures })),
  outcome: Type.Optional(
    Type.String({
      enum: ['published', 'again', 'superseded', 'rejected', 'refused', 'failed'],
      description: 'Absent while it runs',
    }),
  ),
  version: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  figures: Type.Optional(Figures),
  answered: Type.Array(AnsweredEvent, { description: 'Events that were answered for good' }),
});

export const RunsAnswer = Type.Object({ runs: Type.Array(RunAnswer) });

export const ModelsAnswer = Type.Object({
  models: Type.Array(
    Type.Object({
      version: Type.String(),
      created: Time,
      sha256: Type.String(),
      bytes: Type.Integer(),
      key: Type.String(),
      serving: Type.Boolean(),
      signed: Type.Optional(
        Type.Boolean({
          description:
            'Whether a head of the version is signed with the key in use: else it cannot serve. Absent where there is no key',
        }),
      ),
    }),
  ),
});

export const ActivateAnswer = Type.Object({
  version: Type.String(),
  seq: Type.Integer(),
  outcome: Type.String({ enum: ['again', 'unchanged'] }),
});
