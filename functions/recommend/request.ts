import { Compile } from 'typebox/compile';
import { problem } from '../../shared/problems.ts';
import { RecommendRequest } from './schemas.ts';

const schema = Compile(RecommendRequest);

/**
 * Holds a request to its schema as it is: nothing is converted, because a number in place of a
 * title, or text in place of a limit, is a mistake of the client that it should hear about.
 * @throws `bad-request`
 */
export function checkRequest(request: unknown): RecommendRequest {
  if (schema.Check(request)) return request;
  // Where a value may be one of two things, both say what they miss; the deepest knows best.
  const errors = [...schema.Errors(request)].filter(({ keyword }) => keyword !== 'anyOf');
  const depth = Math.max(...errors.map(depthOf));
  const deepest = errors.filter((error) => depthOf(error) === depth);
  const [{ instancePath }] = deepest;
  const wrong = deepest.filter((error) => error.instancePath === instancePath);
  const what = instancePath === '' ? 'The request' : instancePath.slice(1);
  const reason = `${what} ${wrong.map(({ message }) => message).join(' or ')}.`;
  throw problem('bad-request', { reason });
}

function depthOf({ instancePath }: { instancePath: string }): number {
  return instancePath.split('/').length;
}
