import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command, Option } from 'commander';
import { parseAllDocuments, parseDocument } from 'yaml';
import { configure } from '../../shared/configuration.ts';
import { problem } from '../../shared/problems.ts';
import { readJudged } from '../../shared/store/files.ts';
import { findVersion } from '../../shared/store/versions.ts';
import { type Model, toModel } from '../recommend/model.ts';
import { type Replay, replay } from '../retrain/replay.ts';
import { trainSettings } from '../retrain/settings.ts';
import { datasetPath } from '../upload/datasets.ts';
import { readDataset } from './dataset.ts';
import { type Figures, figuresIn, judge } from './judge.ts';
import { storeToRead } from './model.ts';
import {
  columnsOption,
  environmentWith,
  examples,
  jsonOption,
  maxRejectedOption,
  storeOption,
} from './options.ts';
import { printJson } from './output.ts';

const run = promisify(execFile);

interface CanaryOptions {
  manifests: string;
  overlay: string;
}

/** `segue canary` */
export function canaryCommand(): Command {
  return new Command('canary')
    .description('Let a share of the requests ask another version, from git.')
    .addHelpText(
      'after',
      examples(
        'segue canary start --from 41 --to 42 --percent 10',
        'segue canary judge --stable http://stable-recommend.example --canary http://canary-recommend.example',
        'segue canary promote --to 42',
      ),
    )
    .addCommand(startCommand())
    .addCommand(promoteCommand())
    .addCommand(judgeCommand())
    .addCommand(stopCommand());
}

function startCommand(): Command {
  return command('start', 'write the overlay that gives a share of the requests to a version')
    .requiredOption('--from <version>', 'the version that serves')
    .requiredOption('--to <version>', 'the version that is tried')
    .option('--percent <n>', 'share of the requests that ask it', '10')
    .action(async (options: CanaryOptions & { from: string; to: string; percent: string }) => {
      const { from, to, overlay } = options;
      const percent = Number(options.percent);
      if (!/^\d+$/.test(options.percent) || percent < 1 || percent > 99) {
        const reason = `--percent must be a whole number from 1 to 99, not "${options.percent}".`;
        throw problem('usage', { reason });
      }
      const { template, retrain } = await rendered(options);
      const revisions = {
        stable: revisionName(template, from),
        canary: revisionName(template, to),
      };
      await pin(options, from, revisions.stable);
      const folder = join(options.manifests, 'overlays/canary');
      await mkdir(folder, { recursive: true });
      await writeFile(
        join(folder, 'kustomization.yaml'),
        kustomization({
          head: [
            `# Written by \`segue canary start\`: ${percent} % of the requests ask version ${to}.`,
            'apiVersion: kustomize.config.k8s.io/v1beta1',
            'kind: Kustomization',
            'resources:',
            `  - ../${overlay}`,
            'components:',
            '  - ../../components/judge',
          ],
          revision: revisions.canary,
          version: to,
          pinned: [from, to],
          traffic: [
            { revision: revisions.stable, percent: 100 - percent, tag: 'stable' },
            { revision: revisions.canary, percent, tag: 'canary' },
          ],
        }) + judgeOf(retrain, from, to),
      );
      say([
        `Version ${from} is pinned in overlays/${overlay} (revision ${revisions.stable}).`,
        `Version ${to} gets ${percent} % of the requests in overlays/canary (revision ${revisions.canary}).`,
        `Commit both. When overlays/${overlay} is healthy, let the Application follow overlays/canary.`,
      ]);
    });
}

function promoteCommand(): Command {
  return command('promote', 'pin the version that was tried, and end the trial')
    .requiredOption('--to <version>', 'the version that was tried')
    .action(async (options: CanaryOptions & { to: string }) => {
      await pin(options, options.to, revisionName((await rendered(options)).template, options.to));
      await endTrial(options);
      say([`Version ${options.to} is pinned in overlays/${options.overlay}. Commit.`]);
    });
}

function judgeCommand(): Command {
  return new Command('judge')
    .description('Compare both versions by their metrics, and say what to do with the trial.')
    .requiredOption('--stable <address>', 'where the version that serves answers')
    .requiredOption('--canary <address>', 'where the version that is tried answers')
    .option(
      '--from <version>',
      'the version that serves: with --to, held-out playlists are played back to both',
    )
    .option('--to <version>', 'the version that is tried')
    .option('--data <dataset...>', 'the playlists; those that --to was made from, if not given')
    .addOption(storeOption())
    .addOption(columnsOption())
    .addOption(maxRejectedOption())
    .addOption(jsonOption())
    .action(async (options: JudgeOptions) => {
      const [stable, canary] = await Promise.all([options.stable, options.canary].map(figuresOf));
      const { verdict, evidence } = judge(stable, canary, await replayed(options));
      if (options.json) printJson({ verdict, evidence });
      else say([verdict, '', ...evidence]);
    });
}

interface JudgeOptions {
  stable: string;
  canary: string;
  data?: string[];
  from?: string;
  to?: string;
  json?: true;
}

/** What the judged models of both versions make of the playlists that neither has seen. */
async function replayed(options: JudgeOptions): Promise<Replay | undefined> {
  const { data, from, to } = options;
  if (data === undefined && from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    throw problem('usage', { reason: 'A replay needs --from and --to.' });
  }
  const store = storeToRead(options);
  const judgedModel = async (version: string) => {
    const head = await findVersion(store, version);
    const judged = await readJudged(store, head);
    const reason = `Version ${version} has no judged model to play playlists back to.`;
    if (judged === undefined) throw problem('usage', { reason });
    return toModel(head, judged);
  };
  const [stable, canary] = [await judgedModel(from), await judgedModel(to)];
  const environment = environmentWith({ ...options });
  const paths = data ?? datasetsOf(canary, configure(environment, ['DATASETS']).DATASETS);
  return replay(await readDataset(paths, trainSettings(environment)), stable, canary);
}

/** The data sets that a model was made from, where upload keeps them. */
function datasetsOf({ snapshot }: Model, folder: string): string[] {
  return snapshot.facts.datasets.map((dataset) => join(folder, datasetPath(dataset)));
}

async function figuresOf(address: string): Promise<Figures> {
  const url = `${address}/metrics`;
  const unreachable = (reason: string) => problem('address-unreachable', { address: url, reason });
  const answer = await fetch(url).catch((error: unknown) => {
    throw unreachable(String((error as Error).cause));
  });
  if (answer.status !== 200) throw unreachable(`it answers ${answer.status}`);
  return figuresIn(await answer.text());
}

function stopCommand(): Command {
  return command('stop', 'end the trial; the version that served goes on')
    .option('--unpin', 'follow the newest version again')
    .action(async (options: CanaryOptions & { unpin?: true }) => {
      await endTrial(options);
      if (options.unpin) await unpin(options);
      const { overlay } = options;
      say([
        `The trial is over${options.unpin ? ' and nothing is pinned' : ''} in overlays/${overlay}. Commit.`,
      ]);
    });
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(new Option('--manifests <folder>', 'where the manifests are').default('knative'))
    .addOption(new Option('--overlay <name>', 'the overlay that serves').default('production'));
}

interface Rendered {
  /** The template of recommend as it is without a pin. */
  template: object;
  /** What trains: a Service, or a JobSink where trainings are long. */
  retrain: string;
}

/** What `start` and `promote` need to know of an overlay. */
async function rendered({ manifests, overlay }: CanaryOptions): Promise<Rendered> {
  const folder = join(manifests, 'overlays', overlay);
  const { stdout } = await run('kubectl', ['kustomize', folder], { maxBuffer: 2 ** 26 }).catch(
    (error: Error) => {
      throw problem('usage', { reason: `${folder} cannot be rendered: ${error.message}` });
    },
  );
  interface Service {
    kind: string;
    metadata: { name: string };
    spec: { template: { metadata: { name?: string }; spec: { containers: [{ env?: unknown }] } } };
  }
  const documents = parseAllDocuments(stdout).map((document) => document.toJS() as Service);
  const service = documents.find(
    ({ kind, metadata }) => kind === 'Service' && metadata.name === 'recommend',
  );
  if (service === undefined) throw problem('usage', { reason: `${folder} has no recommend.` });
  const { template } = service.spec;
  delete template.metadata.name;
  delete template.spec.containers[0].env;
  const isLong = documents.some(({ kind }) => kind === 'JobSink');
  return { template, retrain: isLong ? 'JobSink' : 'Service' };
}

/** What the judge is told: the versions, and the image that trains. */
function judgeOf(retrain: string, from: string, to: string): string {
  const container = 'spec/template/spec/containers/0';
  const image = `${retrain === 'JobSink' ? 'spec/job/' : ''}${container}/image`;
  return `
  - target: { kind: CronJob, name: judge }
    patch: |-
      - op: add
        path: /spec/jobTemplate/${container}/args/-
        value: --from=${from}
      - op: add
        path: /spec/jobTemplate/${container}/args/-
        value: --to=${to}

replacements:
  - source: { kind: ${retrain}, name: retrain, fieldPath: ${image.replaceAll('/', '.')} }
    targets:
      - select: { kind: CronJob, name: judge }
        fieldPaths: [${`spec/jobTemplate/${container}/image`.replaceAll('/', '.')}]
`.slice(1);
}

/**
 * What git calls a revision: its name ends in a hash of all that makes it, the image and the
 * version among it. Knative refuses another template under a name that it knows.
 */
export function revisionName(template: object, version: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([template, version]))
    .digest('hex');
  return `recommend-${hash.slice(0, 10)}`;
}

/** Pins an overlay to a version, by a component that it takes in. */
async function pin(
  { manifests, overlay }: CanaryOptions,
  version: string,
  revision: string,
): Promise<void> {
  const folder = join(manifests, 'overlays', overlay, 'pin');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'kustomization.yaml'),
    kustomization({
      head: [
        `# Written by \`segue canary\`: recommend serves version ${version}, whatever is published.`,
        'apiVersion: kustomize.config.k8s.io/v1alpha1',
        'kind: Component',
      ],
      revision,
      version,
      pinned: [version],
      traffic: [{ revision, percent: 100, tag: 'stable' }],
    }),
  );
  await editComponents({ manifests, overlay }, (components) =>
    components.includes('pin') ? components : [...components, 'pin'],
  );
}

async function unpin(options: CanaryOptions): Promise<void> {
  await rm(join(options.manifests, 'overlays', options.overlay, 'pin'), {
    recursive: true,
    force: true,
  });
  await editComponents(options, (components) => components.filter((name) => name !== 'pin'));
}

async function endTrial({ manifests }: CanaryOptions): Promise<void> {
  await rm(join(manifests, 'overlays/canary'), { recursive: true, force: true });
}

async function editComponents(
  { manifests, overlay }: CanaryOptions,
  edit: (components: string[]) => string[],
): Promise<void> {
  const file = join(manifests, 'overlays', overlay, 'kustomization.yaml');
  if (!existsSync(file)) throw problem('usage', { reason: `${file} does not exist.` });
  const document = parseDocument(await readFile(file, 'utf8'));
  const { components = [] } = document.toJS() as { components?: string[] };
  const edited = edit(components);
  if (edited.length === components.length) return;
  if (edited.length === 0) document.delete('components');
  else document.set('components', edited);
  await writeFile(file, document.toString());
}

interface Written {
  head: string[];
  /** Name of the revision that the template makes. */
  revision: string;
  version: string;
  /** Versions that `prune` leaves alone. */
  pinned: string[];
  traffic: { revision: string; percent: number; tag: string }[];
}

/** A kustomization that pins recommend's template to a version and shares the traffic. */
function kustomization({ head, revision, version, pinned, traffic }: Written): string {
  return `${head.join('\n')}

configMapGenerator:
  - name: pinned
    namespace: segue
    behavior: merge
    literals:
      - PINNED=${pinned.join(',')}

patches:
  - target: { group: serving.knative.dev, kind: Service, name: recommend }
    patch: |-
      - op: add
        path: /spec/template/metadata/name
        value: ${revision}
      - op: add
        path: /spec/template/spec/containers/0/env
        value: [{ name: SNAPSHOT, value: ${JSON.stringify(version)} }]
      - op: add
        path: /spec/traffic
        value:
${traffic
  .map(
    (share) =>
      `          - { revisionName: ${share.revision}, percent: ${share.percent}, tag: ${share.tag} }`,
  )
  .join('\n')}
`;
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
