import { type Static, type TInteger, type TLiteral, type TProperties, Type } from 'typebox';
import { Errors } from 'typebox/value';

/**
 * The fields that our manifests use, and no others: an API server drops a misspelt field of a
 * Knative kind in silence when strict validation is off, as it is for Argo CD.
 */
const shapes = {
  namespaces: manifest('v1', 'Namespace', {}),
  claims: manifest('v1', 'PersistentVolumeClaim', {
    spec: closed({
      accessModes: Type.Tuple([Type.Literal('ReadWriteMany')]),
      storageClassName: Type.Optional(Type.String()),
      resources: closed({ requests: closed({ storage: Type.String() }) }),
    }),
  }),
  accounts: manifest('v1', 'ServiceAccount', { automountServiceAccountToken: Type.Literal(false) }),
  configMaps: manifest('v1', 'ConfigMap', { data: Type.Record(Type.String(), Type.String()) }),
  functions: manifest('serving.knative.dev/v1', 'Service', {
    spec: closed({
      template: closed({
        metadata: closed({
          name: Type.Optional(Type.String()),
          labels: nameLabel(),
          annotations: closed({
            'autoscaling.knative.dev/min-scale': Type.String(),
            'autoscaling.knative.dev/max-scale': Type.Optional(Type.String()),
            'autoscaling.knative.dev/target': Type.Optional(
              Type.String({ pattern: '^[1-9][0-9]{0,2}$' }),
            ),
            'serving.knative.dev/progress-deadline': Type.Literal('120s'),
          }),
        }),
        spec: closed({
          serviceAccountName: Type.String(),
          automountServiceAccountToken: Type.Literal(false),
          enableServiceLinks: Type.Literal(false),
          containerConcurrency: Type.Integer({ minimum: 0, maximum: 1000 }),
          timeoutSeconds: Type.Integer({ minimum: 1, maximum: 600 }),
          responseStartTimeoutSeconds: Type.Integer({ minimum: 1, maximum: 600 }),
          securityContext: Type.Optional(closed({ fsGroup: Type.Integer({ minimum: 1 }) })),
          containers: Type.Tuple([container()]),
          volumes: volumes(),
        }),
      }),
      traffic: Type.Optional(
        Type.Array(
          closed({
            revisionName: Type.Optional(Type.String()),
            latestRevision: Type.Optional(Type.Boolean()),
            percent: Type.Integer({ minimum: 0, maximum: 100 }),
            tag: Type.Optional(Type.String()),
          }),
        ),
      ),
    }),
  }),
  brokers: manifest('eventing.knative.dev/v1', 'Broker', {}),
  triggers: manifest('eventing.knative.dev/v1', 'Trigger', {
    spec: closed({
      broker: Type.String(),
      filter: closed({ attributes: closed({ type: Type.String() }) }),
      subscriber: closed({ ref: Type.Union([functionReference(), jobSinkReference()]) }),
      delivery: closed({
        retry: Type.Integer({ minimum: 0 }),
        backoffPolicy: Type.Enum(['linear', 'exponential']),
        backoffDelay: Type.String({ pattern: '^PT[1-9]\\d*S$' }),
        deadLetterSink: closed({ ref: functionReference(), uri: Type.Optional(Type.String()) }),
      }),
    }),
  }),
  jobs: manifest('batch/v1', 'Job', { spec: jobSpec() }),
  cronJobs: manifest('batch/v1', 'CronJob', {
    spec: closed({
      schedule: Type.String(),
      concurrencyPolicy: Type.Literal('Forbid'),
      jobTemplate: closed({ spec: jobSpec() }),
    }),
  }),
  jobSinks: manifest('sinks.knative.dev/v1alpha1', 'JobSink', {
    spec: closed({ job: closed({ spec: jobSpec() }) }),
  }),
  policies: manifest('networking.k8s.io/v1', 'NetworkPolicy', {
    spec: closed({
      podSelector: selector(),
      policyTypes: Type.Array(Type.Enum(['Ingress', 'Egress'])),
      ingress: Type.Optional(
        Type.Array(closed({ from: Type.Array(peer(), { minItems: 1 }), ports: ports() })),
      ),
      egress: Type.Optional(
        Type.Array(
          closed({ to: Type.Optional(Type.Array(peer(), { minItems: 1 })), ports: ports() }),
        ),
      ),
    }),
  }),
  projects: manifest('argoproj.io/v1alpha1', 'AppProject', {
    spec: closed({
      description: Type.String(),
      sourceRepos: Type.Array(Type.String()),
      destinations: Type.Array(destination()),
      clusterResourceWhitelist: Type.Array(groupAndKind()),
      namespaceResourceWhitelist: Type.Array(groupAndKind()),
    }),
  }),
  applications: manifest('argoproj.io/v1alpha1', 'Application', {
    spec: closed({
      project: Type.String(),
      source: closed({
        repoURL: Type.String(),
        targetRevision: Type.String(),
        path: Type.String(),
      }),
      destination: destination(),
      syncPolicy: closed({
        automated: closed({ prune: Type.Boolean(), selfHeal: Type.Boolean() }),
        syncOptions: Type.Array(Type.String()),
        retry: closed({
          limit: Type.Integer(),
          refresh: Type.Boolean(),
          backoff: closed({
            duration: Type.String(),
            factor: Type.Integer(),
            maxDuration: Type.String(),
          }),
        }),
      }),
    }),
  }),
};

/** Manifests of known shape, by kind; `functions` are the Knative Services. */
export type Manifests = { [List in keyof typeof shapes]: Static<(typeof shapes)[List]>[] };

/** A Knative Service. */
export type KnativeFunction = Manifests['functions'][number];

/** What manifests of every kind have. */
export interface AnyManifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/**
 * Sorts parsed YAML documents by kind. One that has another shape than its kind's is left out, and
 * every difference is named.
 */
export function sortManifests(documents: readonly AnyManifest[]): {
  manifests: Manifests;
  mistakes: string[];
} {
  const lists = Object.keys(shapes) as (keyof typeof shapes)[];
  const manifests = Object.fromEntries(lists.map((list) => [list, [] as unknown[]]));
  const mistakes: string[] = [];
  for (const document of documents) {
    const name = `${document.kind} ${document.metadata.name}`;
    const list = lists.find((one) => {
      const { apiVersion, kind } = shapes[one].properties;
      return apiVersion.const === document.apiVersion && kind.const === document.kind;
    });
    if (list === undefined) {
      mistakes.push(`${name}: ${document.apiVersion} ${document.kind} is not a kind that is used`);
      continue;
    }
    const differences = [...Errors(shapes[list], document)];
    if (differences.length === 0) manifests[list]?.push(document);
    for (const { instancePath, keyword, message } of differences) {
      // An unknown field is reported twice: by itself, as a false schema, and by what it stands in.
      if (keyword === 'additionalProperties') continue;
      const said = keyword === 'boolean' ? 'is not a field that is used' : message;
      mistakes.push(`${name}: ${instancePath}: ${said}`);
    }
  }
  return { manifests: manifests as Manifests, mistakes };
}

function closed<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

function manifest<ApiVersion extends string, Kind extends string, Fields extends TProperties>(
  apiVersion: ApiVersion,
  kind: Kind,
  fields: Fields,
) {
  const texts = Type.Optional(Type.Record(Type.String(), Type.String()));
  return closed({
    apiVersion: Type.Literal(apiVersion),
    kind: Type.Literal(kind),
    metadata: closed({
      name: Type.String(),
      namespace: Type.Optional(Type.String()),
      labels: texts,
      annotations: texts,
    }),
    ...fields,
  });
}

function nameLabel() {
  return closed({ 'app.kubernetes.io/name': Type.String() });
}

function volumes() {
  return Type.Array(
    closed({
      name: Type.String(),
      persistentVolumeClaim: Type.Optional(
        closed({ claimName: Type.String(), readOnly: Type.Optional(Type.Boolean()) }),
      ),
      emptyDir: Type.Optional(closed({ sizeLimit: Type.String() })),
      secret: Type.Optional(
        closed({ secretName: Type.String(), optional: Type.Optional(Type.Boolean()) }),
      ),
    }),
  );
}

/** What a Job, a CronJob and a JobSink run: `segue` in a pod without privileges. */
function jobSpec() {
  return closed({
    backoffLimit: Type.Integer(),
    ttlSecondsAfterFinished: Type.Optional(Type.Integer()),
    podFailurePolicy: Type.Optional(
      closed({
        rules: Type.Array(
          closed({
            action: Type.Literal('FailJob'),
            onExitCodes: closed({
              operator: Type.Literal('In'),
              values: Type.Array(Type.Integer()),
            }),
          }),
        ),
      }),
    ),
    template: closed({
      metadata: closed({ labels: nameLabel() }),
      spec: closed({
        serviceAccountName: Type.Literal('jobs'),
        automountServiceAccountToken: Type.Literal(false),
        restartPolicy: Type.Literal('Never'),
        securityContext: closed({
          ...unprivilegedUser(),
          fsGroup: Type.Optional(Type.Integer({ minimum: 1 })),
        }),
        initContainers: Type.Optional(Type.Array(jobContainer())),
        containers: Type.Tuple([jobContainer()]),
        volumes: volumes(),
      }),
    }),
  });
}

function jobContainer() {
  return closed({
    name: Type.String(),
    image: Type.String(),
    imagePullPolicy: Type.Optional(Type.Literal('IfNotPresent')),
    command: Type.Array(Type.String()),
    args: Type.Array(Type.String()),
    envFrom: settingsFrom(),
    env: Type.Optional(Type.Array(closed({ name: Type.String(), value: Type.String() }))),
    securityContext: closed(nothingMore()),
    resources: resources(),
    volumeMounts: mounts(),
  });
}

function unprivilegedUser() {
  return {
    runAsNonRoot: Type.Literal(true),
    runAsUser: Type.Integer({ minimum: 1 }),
    runAsGroup: Type.Integer({ minimum: 1 }),
    seccompProfile: closed({ type: Type.Literal('RuntimeDefault') }),
  };
}

function nothingMore() {
  return {
    readOnlyRootFilesystem: Type.Literal(true),
    allowPrivilegeEscalation: Type.Literal(false),
    capabilities: closed({ drop: Type.Tuple([Type.Literal('ALL')]) }),
  };
}

function settingsFrom() {
  return Type.Array(closed({ configMapRef: closed({ name: Type.String() }) }));
}

function resources() {
  const amounts = closed({ cpu: Type.String(), memory: Type.String() });
  return closed({ requests: amounts, limits: amounts });
}

function mounts() {
  return Type.Array(
    closed({
      name: Type.String(),
      mountPath: Type.String(),
      readOnly: Type.Optional(Type.Boolean()),
    }),
  );
}

function container() {
  return closed({
    name: Type.Literal('user-container'),
    image: Type.String(),
    imagePullPolicy: Type.Optional(Type.Literal('IfNotPresent')),
    ports: Type.Tuple([
      closed({ containerPort: Type.Literal(8080), protocol: Type.Literal('TCP') }),
    ]),
    envFrom: settingsFrom(),
    env: Type.Optional(
      Type.Array(
        closed({
          name: Type.String(),
          value: Type.Optional(Type.String()),
        }),
      ),
    ),
    // Without a period, a start that misses the kubelet's first question waits ten seconds.
    readinessProbe: probe('/readyz', Type.Literal(1)),
    livenessProbe: probe('/healthz', Type.Integer()),
    securityContext: closed({ ...unprivilegedUser(), ...nothingMore() }),
    resources: resources(),
    volumeMounts: mounts(),
  });
}

/** A probe with all that Knative would set by itself, but not in a template whose name it knows. */
function probe<Path extends string>(path: Path, periodSeconds: TInteger | TLiteral<1>) {
  return closed({
    httpGet: closed({ path: Type.Literal(path), port: Type.Literal(8080) }),
    periodSeconds,
    timeoutSeconds: Type.Integer(),
    successThreshold: Type.Literal(1),
    failureThreshold: Type.Integer(),
  });
}

function functionReference() {
  return closed({
    apiVersion: Type.Literal('serving.knative.dev/v1'),
    kind: Type.Literal('Service'),
    name: Type.String(),
  });
}

function jobSinkReference() {
  return closed({
    apiVersion: Type.Literal('sinks.knative.dev/v1alpha1'),
    kind: Type.Literal('JobSink'),
    name: Type.String(),
  });
}

function selector() {
  return closed({
    matchLabels: Type.Optional(Type.Record(Type.String(), Type.String())),
    matchExpressions: Type.Optional(
      Type.Array(
        closed({
          key: Type.String(),
          operator: Type.Literal('In'),
          values: Type.Array(Type.String()),
        }),
      ),
    ),
  });
}

function peer() {
  return closed({
    namespaceSelector: Type.Optional(selector()),
    podSelector: Type.Optional(selector()),
    ipBlock: Type.Optional(
      closed({ cidr: Type.String(), except: Type.Array(Type.String(), { minItems: 1 }) }),
    ),
  });
}

function ports() {
  return Type.Array(closed({ protocol: Type.Enum(['TCP', 'UDP']), port: Type.Integer() }), {
    minItems: 1,
  });
}

function destination() {
  return closed({ server: Type.String(), namespace: Type.String() });
}

function groupAndKind() {
  return closed({ group: Type.String(), kind: Type.String() });
}
