import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Errors } from 'typebox/schema';
import { parse } from 'yaml';
import type { AnyManifest } from './shapes.ts';

const run = promisify(execFile);

/**
 * Where Kubernetes, Knative and Argo CD keep the schemas of their kinds. Their modules are fetched
 * when they are needed, by Go's own client, and held to these sums.
 */
const modules = {
  kubernetes: {
    module: 'k8s.io/kubernetes@v1.35.4',
    sum: 'h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=',
    files: ['api__v1', 'apis__batch__v1', 'apis__networking.k8s.io__v1'].map(
      (group) => `api/openapi-spec/v3/${group}_openapi.json`,
    ),
  },
  serving: {
    module: 'knative.dev/serving@v0.51.0',
    sum: 'h1:yN2Q7eYqJgoPfZkATjoBZyGbZ2P1Qhns9HIMU4mF+to=',
    files: ['config/core/300-resources/service.yaml'],
  },
  eventing: {
    module: 'knative.dev/eventing@v0.50.0',
    sum: 'h1:4GSn7yyMLgpGUqU0vZjcyFKK0vSi3TtZXPVzb7HW7Ds=',
    files: ['broker', 'trigger', 'jobsink'].map((name) => `config/core/resources/${name}.yaml`),
  },
  argo: {
    module: 'github.com/argoproj/argo-cd/v3@v3.2.11',
    sum: 'h1:3hkR11XCp/nlyM2cWr3qeUSGuZgi3JkFdMpzgL5qOR8=',
    files: ['application', 'appproject'].map((name) => `manifests/crds/${name}-crd.yaml`),
  },
};

/** A JSON schema as Kubernetes writes them, as far as it is looked at. */
interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
  [keyword: string]: unknown;
}

interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** The schemas of the kinds, by `apiVersion kind`, with unknown fields refused. */
export type Upstream = ReadonlyMap<string, Schema>;

/** Fetches the schemas. @returns a sentence that says why there are none, where there are none. */
export async function upstreamSchemas(): Promise<Upstream | string> {
  const names = Object.keys(modules) as (keyof typeof modules)[];
  const fetched = await Promise.all(names.map((name) => textsOf(modules[name]))).catch(
    /* c8 ignore next 4 -- where there is no Go or no network, there is no test, either. */
    (error: Error & { stderr?: string }) => {
      if (error.stderr === undefined) throw error;
      return `they cannot be fetched: ${error.stderr || error.message}`;
    },
  );
  /* c8 ignore next */
  if (typeof fetched === 'string') return fetched;
  const texts = Object.fromEntries(names.map((name, i) => [name, fetched[i]])) as Record<
    keyof typeof modules,
    string[]
  >;
  const schemas = new Map<string, Schema>();
  const documents = texts.kubernetes.map(
    (text) => (JSON.parse(text) as { components: { schemas: Record<string, Schema> } }).components,
  );
  const definitions = Object.assign({}, ...documents.map(({ schemas }) => schemas));
  for (const schema of Object.values(definitions) as Schema[]) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      if (schema.properties?.metadata) schemas.set(`${apiVersion} ${kind}`, schema);
    }
  }
  const closed = closing(definitions);
  const metadata = definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'];
  for (const text of [...texts.serving, ...texts.eventing, ...texts.argo]) {
    const { spec } = parse(text) as Definition;
    for (const { name, schema } of spec.versions) {
      const { properties } = schema.openAPIV3Schema;
      schemas.set(`${spec.group}/${name} ${spec.names.kind}`, {
        type: 'object',
        properties: { ...properties, apiVersion: {}, kind: {}, metadata },
      });
    }
  }
  // It leaves what a Job is to Kubernetes.
  const jobSink = schemas.get('sinks.knative.dev/v1alpha1 JobSink');
  Object.assign(jobSink?.properties?.spec?.properties ?? {}, { job: schemas.get('batch/v1 Job') });
  return new Map([...schemas].map(([kind, schema]) => [kind, closed(schema)]));
}

/** The files of a module. @throws when it is another than it was. */
async function textsOf({ module, sum, files }: (typeof modules)['serving']): Promise<string[]> {
  const { stdout } = await run('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
    // The sum below says more than a server of sums could.
    env: { ...process.env, GOSUMDB: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '' },
  });
  const { Dir, Sum } = JSON.parse(stdout) as { Dir: string; Sum: string };
  /* c8 ignore next -- no module was ever changed. */
  if (Sum !== sum) throw new Error(`${module} has the sum ${Sum}`);
  return Promise.all(files.map((file) => readFile(join(Dir, file), 'utf8')));
}

/**
 * Makes a schema refuse what it does not name, as the API server's strict validation does. Fields
 * that an object keeps besides those it names are experiments of Knative's: they are refused, too.
 * Only an object that names none may have any.
 */
function closing(definitions: Record<string, Schema>): (schema: Schema) => Schema {
  return function closed(schema: Schema): Schema {
    if (schema.$ref !== undefined) {
      return closed(definitions[schema.$ref.slice('#/components/schemas/'.length)] as Schema);
    }
    if (schema['x-kubernetes-int-or-string']) return { type: ['string', 'integer'] as never };
    const { format: _unchecked, allOf, properties, items, additionalProperties, ...rest } = schema;
    const fields = properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [name, closed(field)]),
      ),
      additionalProperties: false,
    };
    return {
      ...rest,
      ...(allOf && { allOf: allOf.map(closed) }),
      ...(items && { items: closed(items) }),
      ...(typeof additionalProperties === 'object' && {
        additionalProperties: closed(additionalProperties),
      }),
      ...fields,
    };
  };
}

/** What the schemas have against manifests, one sentence each. */
export function refusedBy(schemas: Upstream, documents: readonly AnyManifest[]): string[] {
  return documents.flatMap((document) => {
    const name = `${document.kind} ${document.metadata.name}`;
    const schema = schemas.get(`${document.apiVersion} ${document.kind}`);
    if (schema === undefined) return [`${name}: ${document.apiVersion} has no such kind`];
    const [, errors] = Errors(schema, document);
    return errors
      .filter(({ keyword }) => keyword !== 'additionalProperties')
      .map(({ keyword, instancePath, message }) => {
        const said = keyword === 'boolean' ? 'there is no such field' : message;
        return `${name}: ${instancePath}: ${said}`;
      });
  });
}
