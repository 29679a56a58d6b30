import { Type } from 'typebox';

/** A problem as answers carry it (RFC 9457). */
export const ProblemAnswer = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: 'What to do about it' }),
  code: Type.String({ description: 'Stable name of the error' }),
});

const problemAnswer = { content: { 'application/problem+json': { schema: ProblemAnswer } } };

/** What may go wrong with any request. */
export const problems = { '4xx': problemAnswer, '5xx': problemAnswer };
