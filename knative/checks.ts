import { settingNames } from '../shared/configuration.ts';
import { type AnyManifest, type KnativeFunction, type Manifests, sortManifests } from './shapes.ts';

/** Names what breaks a contract; nothing when it holds. */
type Check = (manifests: Manifests) => string[];

/** The settings that manifests may give. PORT is Knative's to set, and HOST needs no change. */
const settings: readonly string[] = settingNames.filter((name) => !['PORT', 'HOST'].includes(name));

/** Every sync option of Argo CD that is used; one that it does not know it ignores in silence. */
const syncOptions = ['Prune=false', 'Delete=false', 'ServerSideApply=true'];

/** Who may listen where in a pod: Knative's queue proxy, and its figures for the autoscaler. */
const ingressPorts = [8012, 8013, 9090];

const checks: readonly Check[] = [
  claimMounts,
  folders,
  scale,
  timeouts,
  retries,
  variables,
  traffic,
  quantities,
  references,
  visibility,
  networkPorts,
  kept,
  jobs,
];

/**
 * What is wrong with the rendered manifests of the functions, one sentence each; none when all
 * contracts hold.
 * @param documents The YAML documents, parsed.
 */
export function mistakesIn(documents: readonly AnyManifest[]): string[] {
  const { manifests, mistakes } = sortManifests(documents);
  return [
    ...mistakes,
    ...ownedAnnotations(documents),
    ...checks.flatMap((check) => check(manifests)),
  ];
}

/** recommend mounts the claim read-only, which takes the word twice; the others write to it. */
function claimMounts({ functions, claims }: Manifests): string[] {
  return functions.flatMap((service) => {
    const { name } = service.metadata;
    const { volume, mount } = claimOf(service);
    if (volume === undefined || mount === undefined) return [`${name}: does not mount the claim`];
    const readOnly = name === 'recommend';
    return [
      ...claims
        .filter((claim) => claim.metadata.name !== volume.persistentVolumeClaim?.claimName)
        .map((claim) => `${name}: mounts another claim than ${claim.metadata.name}`),
      ...((volume.persistentVolumeClaim?.readOnly ?? false) === readOnly
        ? []
        : [`${name}: readOnly of the volume with the claim must be ${readOnly}`]),
      ...((mount.readOnly ?? false) === readOnly
        ? []
        : [`${name}: readOnly of the mount of the claim must be ${readOnly}`]),
    ];
  });
}

/** STORE is where the claim is mounted, and DATASETS is in it. */
function folders({ functions, configMaps }: Manifests): string[] {
  return functions.flatMap((service) => {
    const path = claimOf(service).mount?.mountPath;
    const given = Object.assign({}, ...configMapsOf(service, configMaps).map(({ data }) => data));
    return [
      ...(given.STORE === path ? [] : [`${service.metadata.name}: STORE must be ${path}`]),
      ...(String(given.DATASETS).startsWith(`${path}/`)
        ? []
        : [`${service.metadata.name}: DATASETS must be a folder in ${path}`]),
    ];
  });
}

/**
 * All functions sleep at zero; retrain is one container that trains once at a time, and recommend
 * says how many requests a pod holds, where Knative would give it a hundred.
 */
function scale({ functions }: Manifests): string[] {
  return functions.flatMap(({ metadata: { name }, spec: { template } }) => {
    const { annotations } = template.metadata;
    const single =
      annotations['autoscaling.knative.dev/max-scale'] === '1' &&
      template.spec.containerConcurrency === 1;
    return [
      ...(annotations['autoscaling.knative.dev/min-scale'] === '0'
        ? []
        : [`${name}: min-scale must be 0`]),
      ...(name !== 'retrain' || single
        ? []
        : [`${name}: max-scale and containerConcurrency must be 1`]),
      ...(name !== 'recommend' || annotations['autoscaling.knative.dev/target'] !== undefined
        ? []
        : [`${name}: needs a target of requests in flight`]),
    ];
  });
}

/** Knative ends a request at the smaller of the two, and retrain needs all that there is. */
function timeouts({ functions }: Manifests): string[] {
  return functions.flatMap(({ metadata: { name }, spec: { template } }) => [
    ...(template.spec.timeoutSeconds === template.spec.responseStartTimeoutSeconds
      ? []
      : [`${name}: timeoutSeconds and responseStartTimeoutSeconds must be equal`]),
    ...(name !== 'retrain' || template.spec.timeoutSeconds === 600
      ? []
      : [`${name}: timeoutSeconds must be 600`]),
  ]);
}

/** An event that finds a training running must still be there when the longest one has ended. */
function retries({ functions, triggers }: Manifests): string[] {
  if (triggers.length === 0) return ['there is no Trigger'];
  return triggers.flatMap(({ metadata, spec }) => {
    const waitedSeconds = secondsOfRetries(spec.delivery);
    return functions
      .filter((service) => service.metadata.name === spec.subscriber.ref.name)
      .filter((service) => service.spec.template.spec.timeoutSeconds >= waitedSeconds)
      .map(
        (service) =>
          `Trigger ${metadata.name}: retries end after ${waitedSeconds} s, within the ` +
          `${service.spec.template.spec.timeoutSeconds} s of ${service.metadata.name}`,
      );
  });
}

/**
 * Seconds between the first attempt and the last. As Eventing's dispatcher counts, retry n of
 * linear waits n - 1 times the delay, and of exponential 2^(n - 1) times.
 */
function secondsOfRetries(delivery: Manifests['triggers'][number]['spec']['delivery']): number {
  const { retry, backoffPolicy, backoffDelay } = delivery;
  const delaySeconds = Number(backoffDelay.slice('PT'.length, -'S'.length));
  return delaySeconds * (backoffPolicy === 'linear' ? (retry * (retry - 1)) / 2 : 2 ** retry - 1);
}

/** Only known settings are given, no two of one name, and none that Knative sets itself. */
function variables({ functions, configMaps }: Manifests): string[] {
  return functions.flatMap((service) => {
    const names = [
      ...configMapsOf(service, configMaps).flatMap(({ data }) => Object.keys(data)),
      ...containerOf(service).env.map(({ name }) => name),
    ];
    return [
      ...names
        // OpenTelemetry's own are read by its library.
        .filter((name) => !settings.includes(name) && !/^OTEL_[A-Z_]+$/.test(name))
        .map((name) => `${service.metadata.name}: ${name} is not a setting to be given`),
      ...names
        .filter((name, index) => names.indexOf(name) !== index)
        .map((name) => `${service.metadata.name}: ${name} is given twice`),
    ];
  });
}

/** Shares make 100 in all, and a revision named by us begins with the name of its Service. */
function traffic({ functions }: Manifests): string[] {
  return functions.flatMap(({ metadata: { name }, spec }) => {
    const shares = spec.traffic ?? [{ latestRevision: true, percent: 100 }];
    const total = shares.reduce((sum, { percent }) => sum + percent, 0);
    const revisions = [spec.template.metadata.name, ...shares.map((share) => share.revisionName)];
    return [
      ...(total === 100 ? [] : [`${name}: traffic is ${total} % in all`]),
      ...revisions
        .filter((revision) => revision !== undefined && !revision.startsWith(`${name}-`))
        .map((revision) => `${name}: revision ${revision} must begin with ${name}-`),
    ];
  });
}

/** Quantities stand as the API server writes them, or Argo CD's comparison never ends. */
function quantities({ functions, claims }: Manifests): string[] {
  const named = [
    ...claims.map((claim) => [claim.metadata.name, claim.spec.resources.requests.storage] as const),
    ...functions.flatMap((service) => {
      const { requests, limits } = containerOf(service).resources;
      return [
        ...[...Object.values(requests), ...Object.values(limits)],
        ...service.spec.template.spec.volumes.flatMap(({ emptyDir }) => emptyDir?.sizeLimit ?? []),
      ].map((quantity) => [service.metadata.name, quantity] as const);
    }),
  ];
  return named
    .filter(([, quantity]) => !isCanonical(quantity))
    .map(([name, quantity]) => `${name}: the quantity ${quantity} is not in its canonical form`);
}

/** Whether a Kubernetes quantity has the largest suffix that leaves a whole number. */
function isCanonical(quantity: string): boolean {
  const [, digits, suffix] = /^([1-9]\d*)([mkMGT]|[KMGT]i)?$/.exec(quantity) ?? [];
  return Number(digits) % (suffix?.endsWith('i') ? 1024 : 1000) > 0;
}

/** What is named exists: ConfigMaps, accounts, the broker (by K_SINK, too) and the Services. */
function references(manifests: Manifests): string[] {
  const { functions, configMaps, accounts, brokers, triggers, jobSinks } = manifests;
  const subscribers = new Set([...functions, ...jobSinks].map(nameOf));
  const sinks = brokers.map(brokerAddress);
  return [
    ...functions.flatMap((service) => {
      const { name } = service.metadata;
      const { envFrom, env } = containerOf(service);
      const account = service.spec.template.spec.serviceAccountName;
      return [
        ...(envFrom.length === configMapsOf(service, configMaps).length
          ? []
          : [`${name}: names a ConfigMap that does not exist`]),
        ...(accounts.some(({ metadata }) => metadata.name === account)
          ? []
          : [`${name}: the account ${account} does not exist`]),
        ...env
          .filter((variable) => variable.name === 'K_SINK' && !sinks.includes(variable.value ?? ''))
          .map((variable) => `${name}: K_SINK is ${variable.value}, which is no broker of ours`),
        ...env
          .filter((variable) => variable.name === 'UPLOAD_TOKEN' && variable.value !== undefined)
          .map(() => `${name}: UPLOAD_TOKEN must come from a Secret`),
      ];
    }),
    ...triggers.flatMap(({ metadata, spec }) => [
      ...(brokers.some((broker) => broker.metadata.name === spec.broker)
        ? []
        : [`Trigger ${metadata.name}: the broker ${spec.broker} does not exist`]),
      ...[spec.subscriber.ref, spec.delivery.deadLetterSink.ref]
        .filter(({ kind, name }) => !subscribers.has(`${kind} ${name}`))
        .map(({ kind, name }) => `Trigger ${metadata.name}: the ${kind} ${name} does not exist`),
    ]),
  ];
}

/** Nobody outside may start a training; anybody may ask for recommendations. */
function visibility({ functions }: Manifests): string[] {
  const wanted: Readonly<Record<string, string | undefined>> = {
    retrain: 'cluster-local',
    recommend: undefined,
  };
  return functions
    .filter(({ metadata: { name, labels } }) => {
      return name in wanted && labels?.['networking.knative.dev/visibility'] !== wanted[name];
    })
    .map(({ metadata: { name } }) => `${name}: visibility must be ${wanted[name] ?? 'public'}`);
}

/** Into a pod only by the queue proxy; everything that is not allowed is closed. */
function networkPorts({ policies }: Manifests): string[] {
  const closing = policies.some(
    ({ spec }) =>
      Object.keys(spec.podSelector).length === 0 &&
      spec.policyTypes.length === 2 &&
      spec.ingress === undefined &&
      spec.egress === undefined,
  );
  const opened = policies.flatMap(({ spec }) =>
    (spec.ingress ?? []).flatMap(({ ports }) => ports.map(({ port }) => port)),
  );
  return [
    ...(closing ? [] : ['no NetworkPolicy closes what the others do not open']),
    ...opened
      .filter((port) => !ingressPorts.includes(port))
      .map((port) => `a NetworkPolicy opens port ${port}`),
    ...ingressPorts
      .filter((port) => !opened.includes(port))
      .map((port) => `no NetworkPolicy opens port ${port}`),
  ];
}

/**
 * Argo CD keeps the claim, the namespace that it would go with, and ConfigMaps that git no longer
 * has, because older revisions still ask for them.
 */
function kept({ namespaces, claims, configMaps }: Manifests): string[] {
  // The data set's ConfigMap goes with its Job.
  const asked = configMaps.filter(({ metadata }) => !isDataset(metadata.name));
  return [...namespaces, ...claims, ...asked].flatMap(({ kind, metadata }) => {
    const given = metadata.annotations?.['argocd.argoproj.io/sync-options']?.split(',') ?? [];
    const needed = kind === 'ConfigMap' ? ['Prune=false'] : ['Prune=false', 'Delete=false'];
    return [
      ...unknownOptions(`${kind} ${metadata.name}`, given),
      ...needed
        .filter((option) => !given.includes(option))
        .map((option) => `${kind} ${metadata.name}: needs the sync option ${option}`),
    ];
  });
}

/** Knative writes these on its own; in git they would be fought over. */
function ownedAnnotations(documents: readonly AnyManifest[]): string[] {
  return documents.flatMap(({ kind, metadata }) =>
    Object.keys(metadata.annotations ?? {})
      .filter((annotation) => /\.knative\.dev\/(creator|lastModifier)$/.test(annotation))
      .map((annotation) => `${kind} ${metadata.name}: ${annotation} is Knative's own`),
  );
}

/**
 * Names the sync options that Argo CD would not know.
 * @param name What they stand on.
 */
export function unknownOptions(name: string, given: readonly string[]): string[] {
  return given
    .filter((option) => !syncOptions.includes(option))
    .map((option) => `${name}: ${option} is not a sync option that is used`);
}

/**
 * Jobs mount the claim and speak to the broker there is; the one of the data set is named by its
 * digest and stays when it is done, or Argo CD would make it again.
 */
function jobs({ jobs, cronJobs, jobSinks, configMaps, claims, brokers }: Manifests): string[] {
  const dataset = configMaps.find(({ metadata }) => isDataset(metadata.name));
  const specs = [
    ...jobs.map((job) => ({ name: nameOf(job), spec: job.spec })),
    ...cronJobs.map((job) => ({ name: nameOf(job), spec: job.spec.jobTemplate.spec })),
    ...jobSinks.map((sink) => ({ name: nameOf(sink), spec: sink.spec.job.spec })),
  ];
  const sinks = brokers.map(brokerAddress);
  return [
    ...jobs.flatMap(({ metadata: { name }, spec }) => [
      ...(name === `dataset-${String(dataset?.data.SHA256).slice(0, 12)}`
        ? []
        : [`Job ${name}: its name must end in the first 12 digits of SHA256`]),
      ...(spec.ttlSecondsAfterFinished === undefined
        ? []
        : [`Job ${name}: must have no ttlSecondsAfterFinished`]),
    ]),
    ...specs.flatMap(({ name, spec }) => {
      const { volumes, containers, initContainers = [] } = spec.template.spec;
      const all = [...initContainers, ...containers];
      return [
        ...(volumes.some((one) => one.persistentVolumeClaim?.claimName === claims[0].metadata.name)
          ? []
          : [`${name}: does not mount the claim`]),
        ...all
          .flatMap(({ envFrom }) => envFrom.map(({ configMapRef }) => configMapRef.name))
          .filter((wanted) => !configMaps.some(({ metadata }) => metadata.name === wanted))
          .map((wanted) => `${name}: the ConfigMap ${wanted} does not exist`),
        ...all
          .flatMap(({ args, env = [] }) => [
            ...args.flatMap((arg) => /^--k-sink=(.*)/.exec(arg)?.[1] ?? []),
            ...env.flatMap((variable) => (variable.name === 'K_SINK' ? variable.value : [])),
          ])
          .filter((sink) => !sinks.includes(sink))
          .map((sink) => `${name}: ${sink} is no broker of ours`),
      ];
    }),
  ];
}

function isDataset(configMap: string): boolean {
  return configMap.startsWith('dataset-');
}

function nameOf({ kind, metadata }: AnyManifest): string {
  return `${kind} ${metadata.name}`;
}

function brokerAddress({ metadata: { namespace, name } }: AnyManifest): string {
  return `http://broker-ingress.knative-eventing.svc.cluster.local/${namespace}/${name}`;
}

function containerOf(service: KnativeFunction) {
  const [container] = service.spec.template.spec.containers;
  return { ...container, env: container.env ?? [] };
}

function claimOf(service: KnativeFunction) {
  const volume = service.spec.template.spec.volumes.find((one) => one.persistentVolumeClaim);
  const mount = containerOf(service).volumeMounts.find((one) => one.name === volume?.name);
  return { volume, mount };
}

function configMapsOf(service: KnativeFunction, configMaps: Manifests['configMaps']) {
  const names = containerOf(service).envFrom.map(({ configMapRef }) => configMapRef.name);
  return configMaps.filter(({ metadata }) => names.includes(metadata.name));
}
