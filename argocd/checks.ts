import { unknownOptions } from '../knative/checks.ts';
import { type AnyManifest, type Manifests, sortManifests } from '../knative/shapes.ts';

/**
 * What is wrong with the AppProject and the Application, one sentence each; none when all
 * contracts hold.
 * @param documents Their YAML documents, parsed.
 * @param applied Those of the manifests that the Application applies.
 */
export function argoMistakesIn(
  documents: readonly AnyManifest[],
  applied: readonly AnyManifest[],
): string[] {
  const { manifests, mistakes } = sortManifests(documents);
  return [
    ...mistakes,
    ...permissions(manifests),
    ...options(manifests),
    ...kinds(manifests, applied),
  ];
}

/** The Application is allowed what it asks for. */
function permissions({ projects, applications }: Manifests): string[] {
  return applications.flatMap(({ metadata: { name }, spec }) => {
    const { source, destination } = spec;
    const project = projects.find((one) => one.metadata.name === spec.project);
    if (project === undefined) return [`${name}: there is no AppProject ${spec.project}`];
    const { sourceRepos, destinations } = project.spec;
    return [
      ...(sourceRepos.includes(source.repoURL)
        ? []
        : [`${name}: the AppProject does not allow ${source.repoURL}`]),
      ...(destinations.some(
        ({ server, namespace }) =>
          server === destination.server && namespace === destination.namespace,
      )
        ? []
        : [`${name}: the AppProject does not allow the namespace ${destination.namespace}`]),
    ];
  });
}

/** Server-side apply and server-side diff go together. */
function options({ applications }: Manifests): string[] {
  return applications.flatMap(({ metadata: { name, annotations }, spec: { syncPolicy } }) => [
    ...unknownOptions(name, syncPolicy.syncOptions),
    ...(syncPolicy.syncOptions.includes('ServerSideApply=true')
      ? []
      : [`${name}: needs the sync option ServerSideApply=true`]),
    ...['ServerSideDiff=true', 'IncludeMutationWebhook=true']
      .filter((option) => !compareOptions(annotations).includes(option))
      .map((option) => `${name}: needs the compare option ${option}`),
    ...(syncPolicy.retry.refresh ? [] : [`${name}: must try again with the newest commit`]),
  ]);
}

function compareOptions(annotations: Record<string, string> | undefined): string[] {
  return annotations?.['argocd.argoproj.io/compare-options']?.split(',') ?? [];
}

/** The AppProject allows every kind that is applied, in the namespace that it allows. */
function kinds({ projects }: Manifests, applied: readonly AnyManifest[]): string[] {
  return projects.flatMap(({ metadata, spec }) => {
    const allowed = [...spec.clusterResourceWhitelist, ...spec.namespaceResourceWhitelist].map(
      ({ group, kind }) => `${group}/${kind}`,
    );
    const namespaces = spec.destinations.map(({ namespace }) => namespace);
    return applied.flatMap(({ apiVersion, kind, metadata: { name, namespace } }) => {
      // Namespaces themselves have none.
      const inside = namespaces.includes(namespace ?? name);
      const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
      return [
        ...(inside
          ? []
          : [`AppProject ${metadata.name}: does not allow ${kind} ${name} where it is`]),
        ...(allowed.includes(`${group}/${kind}`)
          ? []
          : [`AppProject ${metadata.name}: does not allow ${group}/${kind}`]),
      ];
    });
  });
}
