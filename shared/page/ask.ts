/** What the server or the network says against a request. */
export class Fault extends Error {
  /** Stable name of the error; `network` when there was no answer. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** One request, its answer as data. @throws Fault, and the signal's reason */
export async function ask<Data>(path: string, options: RequestInit): Promise<Data> {
  let answer: Response;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Fault('network', String(error));
  }
  // Without a content there is nothing to read.
  if (answer.status === 204) return undefined as Data;
  const body = (await answer.json()) as Data & { code?: string; detail?: string };
  if (!answer.ok) throw new Fault(body.code ?? 'internal', body.detail ?? answer.statusText);
  return body;
}
