/** An edit of a manifest: where, by JSON pointer, and what; undefined removes. */
export type Edit = [pointer: string, value: unknown];

/** A mistake: what is done wrong, to which manifest (kind and name), and what must be said about it. */
export interface Mutant {
  what: string;
  to: string;
  edits: Edit[];
  caught: RegExp;
  /** Absent: in the base. `all`: in production with all components. */
  of?: 'all';
}

const pod = '/spec/template/spec';
const container = `${pod}/containers/0`;
const annotations = '/spec/template/metadata/annotations';

/** Mistakes in the base that each must be caught; the first ones pass a careless check. */
export const mutants: readonly Mutant[] = [
  ...unrestricted(),
  // Jobs
  {
    of: 'all',
    what: 'a Job that is not named by its data set',
    to: 'Job dataset',
    edits: [['/metadata/name', 'dataset-111111111111']],
    caught: /its name must end in the first 12 digits of SHA256/,
  },
  {
    of: 'all',
    what: 'a Job without a data set',
    to: 'ConfigMap dataset',
    edits: [['/kind', 'Secret']],
    caught: /its name must end in the first 12 digits of SHA256/,
  },
  {
    of: 'all',
    what: 'a Job that is removed when it is done, and so made again',
    to: 'Job dataset',
    edits: [['/spec/ttlSecondsAfterFinished', 60]],
    caught: /must have no ttlSecondsAfterFinished/,
  },
  {
    of: 'all',
    what: 'a Job that speaks to another broker',
    to: 'Job dataset',
    edits: [[`/spec/template/spec/containers/0/args/3`, '--k-sink=http://broker/segue']],
    caught: /http:\/\/broker\/segue is no broker of ours/,
  },
  {
    of: 'all',
    what: 'a Job whose environment names another broker',
    to: 'Job dataset',
    edits: [
      [
        '/spec/template/spec/containers/0/env',
        [
          { name: 'LOG_LEVEL', value: 'debug' },
          { name: 'K_SINK', value: 'http://other/broker' },
        ],
      ],
    ],
    caught: /http:\/\/other\/broker is no broker of ours/,
  },
  {
    of: 'all',
    what: 'a JobSink with a token for the Kubernetes API',
    to: 'JobSink retrain',
    edits: [['/spec/job/spec/template/spec/automountServiceAccountToken', true]],
    caught: /automountServiceAccountToken/,
  },
  {
    of: 'all',
    what: 'a CronJob without the pinned versions',
    to: 'CronJob upkeep',
    edits: [
      ['/spec/jobTemplate/spec/template/spec/containers/0/envFrom/1/configMapRef/name', 'pinned'],
    ],
    caught: /upkeep: the ConfigMap pinned does not exist/,
  },
  {
    of: 'all',
    what: 'a Job on another claim',
    to: 'CronJob upkeep',
    edits: [
      ['/spec/jobTemplate/spec/template/spec/volumes/0/persistentVolumeClaim/claimName', 'other'],
    ],
    caught: /upkeep: does not mount the claim/,
  },
  {
    of: 'all',
    what: 'a Trigger on a JobSink that is not there',
    to: 'Trigger retrain',
    edits: [['/spec/subscriber/ref/name', 'train']],
    caught: /the JobSink train does not exist/,
  },

  // What an API server or Argo CD takes without a word
  {
    what: 'the value of backoffPolicy misspelt',
    to: 'Trigger retrain',
    edits: [['/spec/delivery/backoffPolicy', 'liner']],
    caught: /backoffPolicy: must be equal to one of/,
  },
  {
    what: 'the name of backoffPolicy misspelt',
    to: 'Trigger retrain',
    edits: [
      ['/spec/delivery/backoffPolicy', undefined],
      ['/spec/delivery/backofPolicy', 'linear'],
    ],
    caught: /backofPolicy: is not a field that is used/,
  },
  {
    what: 'a sync option misspelt',
    to: 'PersistentVolumeClaim segue',
    edits: [
      ['/metadata/annotations/argocd.argoproj.io~1sync-options', 'Prune=false,Deletion=false'],
    ],
    caught: /Deletion=false is not a sync option/,
  },
  {
    what: 'traffic that does not make 100',
    to: 'Service recommend',
    edits: [
      [
        '/spec/traffic',
        [
          { revisionName: 'recommend-stable', percent: 90, tag: 'stable' },
          { revisionName: 'recommend-canary', percent: 15, tag: 'canary' },
        ],
      ],
    ],
    caught: /traffic is 105 %/,
  },
  {
    what: 'timeoutSeconds of more than a day',
    to: 'Service retrain',
    edits: [[`${pod}/timeoutSeconds`, 99_999]],
    caught: /timeoutSeconds: must be <= 600/,
  },
  // Knative sets its defaults once, and refuses the same template under the same name without them
  ...['containers/0/name', 'containerConcurrency', 'enableServiceLinks'].map((field) => ({
    what: `a revision that can be named and applied once only: no ${field}`,
    to: 'Service recommend',
    edits: [[`${pod}/${field}`, undefined] as Edit],
    caught: new RegExp(`must have required properties ${field.replace(/.*\//, '')}`),
  })),
  {
    what: 'a probe that leaves its threshold to Knative',
    to: 'Service recommend',
    edits: [[`${container}/readinessProbe/failureThreshold`, undefined]],
    caught: /readinessProbe: must have required properties failureThreshold/,
  },
  {
    what: 'lifecycle',
    to: 'Service recommend',
    edits: [[`${container}/lifecycle`, { preStop: { exec: { command: ['sleep', '5'] } } }]],
    caught: /lifecycle: is not a field that is used/,
  },
  {
    what: 'a read-only claim with a mount to write to',
    to: 'Service recommend',
    edits: [[`${container}/volumeMounts/0/readOnly`, undefined]],
    caught: /readOnly of the mount of the claim must be true/,
  },
  {
    what: 'subscriber inside filter',
    to: 'Trigger retrain',
    edits: [
      ['/spec/subscriber', undefined],
      [
        '/spec/filter/subscriber',
        { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'retrain' } },
      ],
    ],
    caught: /filter\/subscriber: is not a field that is used/,
  },

  // The claim and the folders on it
  {
    what: 'a read-only mount of a claim to write to',
    to: 'Service recommend',
    edits: [[`${pod}/volumes/0/persistentVolumeClaim/readOnly`, false]],
    caught: /readOnly of the volume with the claim must be true/,
  },
  {
    what: 'retrain with a read-only claim',
    to: 'Service retrain',
    edits: [
      [`${pod}/volumes/0/persistentVolumeClaim/readOnly`, true],
      [`${container}/volumeMounts/0/readOnly`, true],
    ],
    caught: /retrain: readOnly of the volume with the claim must be false/,
  },
  {
    what: 'no mount of the claim',
    to: 'Service upload',
    edits: [[`${container}/volumeMounts`, []]],
    caught: /upload: does not mount the claim/,
  },
  {
    what: 'another claim',
    to: 'Service upload',
    edits: [[`${pod}/volumes/0/persistentVolumeClaim/claimName`, 'other']],
    caught: /mounts another claim than segue/,
  },
  {
    what: 'the claim mounted elsewhere than STORE says',
    to: 'Service upload',
    edits: [[`${container}/volumeMounts/0/mountPath`, '/volume']],
    caught: /upload: STORE must be \/volume/,
  },
  {
    what: 'data sets outside the claim',
    to: 'ConfigMap settings',
    edits: [['/data/DATASETS', '/tmp/datasets']],
    caught: /DATASETS must be a folder in \/data/,
  },
  {
    what: 'a claim for one node',
    to: 'PersistentVolumeClaim segue',
    edits: [['/spec/accessModes', ['ReadWriteOnce']]],
    caught: /accessModes/,
  },
  {
    what: 'a namespace that Argo CD may remove',
    to: 'Namespace segue',
    edits: [['/metadata/annotations', undefined]],
    caught: /Namespace segue: needs the sync option Prune=false/,
  },
  {
    what: 'a claim that may be pruned',
    to: 'PersistentVolumeClaim segue',
    edits: [['/metadata/annotations/argocd.argoproj.io~1sync-options', 'Delete=false']],
    caught: /needs the sync option Prune=false/,
  },
  {
    what: 'settings that are pruned under an older revision',
    to: 'ConfigMap settings',
    edits: [['/metadata/annotations', undefined]],
    caught: /ConfigMap settings.*: needs the sync option Prune=false/,
  },

  // Scale, time and retries
  {
    what: 'a hundred requests in flight for each pod, as Knative has it',
    to: 'Service recommend',
    edits: [[`${annotations}/autoscaling.knative.dev~1target`, undefined]],
    caught: /recommend: needs a target of requests in flight/,
  },
  {
    what: 'a target that is no number of requests',
    to: 'Service recommend',
    edits: [[`${annotations}/autoscaling.knative.dev~1target`, '70%']],
    caught: /target: must match pattern/,
  },
  {
    what: 'a function that never sleeps',
    to: 'Service recommend',
    edits: [[`${annotations}/autoscaling.knative.dev~1min-scale`, '1']],
    caught: /min-scale must be 0/,
  },
  {
    what: 'an annotation misspelt',
    to: 'Service recommend',
    edits: [[`${annotations}/autoscaling.knative.dev~1minScale`, '0']],
    caught: /minScale: is not a field that is used/,
  },
  {
    what: 'two trainings in one container',
    to: 'Service retrain',
    edits: [[`${pod}/containerConcurrency`, 2]],
    caught: /containerConcurrency must be 1/,
  },
  {
    what: 'two containers that train',
    to: 'Service retrain',
    edits: [[`${annotations}/autoscaling.knative.dev~1max-scale`, undefined]],
    caught: /max-scale and containerConcurrency must be 1/,
  },
  {
    what: 'a readiness probe that asks every ten seconds',
    to: 'Service recommend',
    edits: [[`${container}/readinessProbe/periodSeconds`, undefined]],
    caught: /periodSeconds/,
  },
  {
    what: 'one of two timeouts left at its default',
    to: 'Service retrain',
    edits: [[`${pod}/responseStartTimeoutSeconds`, 300]],
    caught: /must be equal/,
  },
  {
    what: 'less time than a training may take',
    to: 'Service retrain',
    edits: [
      [`${pod}/timeoutSeconds`, 300],
      [`${pod}/responseStartTimeoutSeconds`, 300],
    ],
    caught: /retrain: timeoutSeconds must be 600/,
  },
  {
    what: 'terminationGracePeriodSeconds',
    to: 'Service retrain',
    edits: [[`${pod}/terminationGracePeriodSeconds`, 600]],
    caught: /terminationGracePeriodSeconds: is not a field that is used/,
  },
  {
    what: 'linear retries that end in time but for their sum',
    to: 'Trigger retrain',
    edits: [['/spec/delivery/retry', 6]],
    caught: /retries end after 450 s, within the 600 s of retrain/,
  },
  {
    what: 'exponential retries that are too few',
    to: 'Trigger retrain',
    edits: [
      ['/spec/delivery/backoffPolicy', 'exponential'],
      ['/spec/delivery/retry', 4],
    ],
    caught: /retries end after 450 s/,
  },
  {
    what: 'no Trigger',
    to: 'Trigger retrain',
    edits: [['/kind', 'Trigge']],
    caught: /there is no Trigger/,
  },

  // Settings
  ...['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'].map((name) => ({
    what: `the reserved variable ${name}`,
    to: 'Service recommend',
    edits: [[`${container}/env`, [{ name, value: '1' }]]] satisfies Edit[],
    caught: new RegExp(`${name} is not a setting to be given`),
  })),
  {
    what: 'a setting misspelt in a ConfigMap',
    to: 'ConfigMap training',
    edits: [['/data/MIN_SUPORT', '5']],
    caught: /MIN_SUPORT is not a setting/,
  },
  {
    what: 'a setting given twice',
    to: 'ConfigMap training',
    edits: [['/data/LOG_LEVEL', 'debug']],
    caught: /retrain: LOG_LEVEL is given twice/,
  },
  {
    what: 'a ConfigMap without the hash in its name',
    to: 'Service recommend',
    edits: [[`${container}/envFrom/0/configMapRef/name`, 'settings']],
    caught: /names a ConfigMap that does not exist/,
  },
  {
    what: 'the token in git',
    to: 'Service upload',
    edits: [
      [`${container}/env/1/name`, 'UPLOAD_TOKEN'],
      [`${container}/env/1/value`, 'a-token-of-16-characters'],
    ],
    caught: /UPLOAD_TOKEN must come from a Secret/,
  },
  {
    what: 'a broker that is not there',
    to: 'Service upload',
    edits: [
      [
        `${container}/env/0/value`,
        'http://broker-ingress.knative-eventing.svc.cluster.local/segue/default',
      ],
    ],
    caught: /segue\/default, which is no broker of ours/,
  },
  {
    what: 'a sink without an address',
    to: 'Service upload',
    edits: [[`${container}/env/0/value`, undefined]],
    caught: /K_SINK is undefined/,
  },

  // What names what
  {
    what: 'a Trigger on another broker',
    to: 'Trigger retrain',
    edits: [['/spec/broker', 'default']],
    caught: /the broker default does not exist/,
  },
  {
    what: 'dead letters to nowhere',
    to: 'Trigger retrain',
    edits: [['/spec/delivery/deadLetterSink/ref/name', 'letters']],
    caught: /the Service letters does not exist/,
  },
  {
    what: 'an account that is not there',
    to: 'Service retrain',
    edits: [[`${pod}/serviceAccountName`, 'default']],
    caught: /the account default does not exist/,
  },
  {
    what: 'a revision of another name',
    to: 'Service recommend',
    edits: [['/spec/template/metadata/name', 'canary']],
    caught: /revision canary must begin with recommend-/,
  },

  // Who reaches what
  {
    what: 'retrain in public',
    to: 'Service retrain',
    edits: [['/metadata/labels/networking.knative.dev~1visibility', undefined]],
    caught: /retrain: visibility must be cluster-local/,
  },
  {
    what: 'recommend in private',
    to: 'Service recommend',
    edits: [['/metadata/labels/networking.knative.dev~1visibility', 'cluster-local']],
    caught: /recommend: visibility must be public/,
  },
  {
    what: 'a token for the Kubernetes API in a pod',
    to: 'Service recommend',
    edits: [[`${pod}/automountServiceAccountToken`, undefined]],
    caught: /automountServiceAccountToken/,
  },
  {
    what: 'a token for the Kubernetes API of an account',
    to: 'ServiceAccount retrain',
    edits: [['/automountServiceAccountToken', true]],
    caught: /automountServiceAccountToken/,
  },
  {
    what: 'a root file system to write to',
    to: 'Service upload',
    edits: [[`${container}/securityContext/readOnlyRootFilesystem`, false]],
    caught: /readOnlyRootFilesystem/,
  },
  {
    what: 'a way past the queue proxy',
    to: 'NetworkPolicy requests',
    edits: [['/spec/ingress/0/ports/0/port', 8080]],
    caught: /opens port 8080/,
  },
  {
    what: 'an autoscaler without figures',
    to: 'NetworkPolicy requests',
    edits: [['/spec/ingress/1', undefined]],
    caught: /no NetworkPolicy opens port 9090/,
  },
  {
    what: 'nothing closed',
    to: 'NetworkPolicy closed',
    edits: [['/spec/policyTypes', ['Ingress']]],
    caught: /no NetworkPolicy closes/,
  },

  // What would never be in sync
  ...['1000m', '1.5', '1024Mi', '2Gi ', '2000'].map((quantity) => ({
    what: `the quantity ${quantity}`,
    to: 'Service retrain',
    edits: [[`${container}/resources/limits/memory`, quantity]] satisfies Edit[],
    caught: /is not in its canonical form/,
  })),
  {
    what: 'a quantity that is a number',
    to: 'Service retrain',
    edits: [[`${container}/resources/limits/cpu`, 2]],
    caught: /limits\/cpu: must be string/,
  },
  {
    what: 'an annotation that Knative writes',
    to: 'Service recommend',
    edits: [['/metadata/annotations', { 'serving.knative.dev/creator': 'admin' }]],
    caught: /serving.knative.dev\/creator is Knative's own/,
  },
  {
    what: 'a kind that nobody expects',
    to: 'Broker segue',
    edits: [['/kind', 'Channel']],
    caught: /Channel is not a kind that is used/,
  },
];

/**
 * What the restricted Pod Security Standard forbids, in a Service and in the pod of a Job: its rules
 * one by one (kubernetes.io, "Pod Security Standards").
 */
function unrestricted(): Mutant[] {
  const inContainer: [what: string, path: string, value: unknown][] = [
    ['a container that may be root', 'securityContext/runAsNonRoot', false],
    ['root', 'securityContext/runAsUser', 0],
    ['privileges that grow', 'securityContext/allowPrivilegeEscalation', true],
    ['capabilities that stay', 'securityContext/capabilities/drop', ['NET_RAW']],
    ['a capability more', 'securityContext/capabilities/add', ['NET_ADMIN']],
    ['no seccomp profile', 'securityContext/seccompProfile', undefined],
    ['no limit of system calls', 'securityContext/seccompProfile/type', 'Unconfined'],
    ['a privileged container', 'securityContext/privileged', true],
    ['a whole /proc', 'securityContext/procMount', 'Unmasked'],
    ['SELinux set aside', 'securityContext/seLinuxOptions', { type: 'spc_t' }],
  ];
  const inPod: typeof inContainer = [
    ['the network of the node', 'hostNetwork', true],
    ['the processes of the node', 'hostPID', true],
    ['the memory of the node', 'hostIPC', true],
    ['a folder of the node', 'volumes/0', { name: 'data', hostPath: { path: '/' } }],
    ['a setting of the kernel', 'securityContext/sysctls', []],
  ];
  const job = '/spec/template/spec';
  const asJob = (path: string) =>
    /securityContext\/(runAs|seccomp)/.test(path)
      ? `${job}/${path}`
      : `${job}/containers/0/${path}`;
  const caught = /is not|must|there is no|does not/;
  return [
    ...inContainer.map(([what, path, value]) => ({
      ...{ what, to: 'Service retrain', caught },
      edits: [[`${container}/${path}`, value]] as Edit[],
    })),
    ...inPod
      .filter(([, path]) => !path.startsWith('securityContext'))
      .map(([what, path, value]) => ({
        ...{ what, to: 'Service retrain', caught },
        edits: [[`${pod}/${path}`, value]] as Edit[],
      })),
    ...inContainer.map(([what, path, value]) => ({
      ...{ of: 'all' as const, what: `${what}, in a Job`, to: 'Job dataset', caught },
      edits: [[asJob(path), value]] as Edit[],
    })),
    ...inPod.map(([what, path, value]) => ({
      ...{ of: 'all' as const, what: `${what}, in a Job`, to: 'Job dataset', caught },
      edits: [[`${job}/${path}`, value]] as Edit[],
    })),
  ];
}
