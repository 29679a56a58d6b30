import { useMemo, useState } from 'preact/hooks';
import type { ModelAnswer, ModelsAnswer } from '../../schemas.ts';
import { Trouble } from '../listen.tsx';
import type { Explored } from '../state.ts';
import { texts } from '../texts.ts';
import { Difference } from './difference.tsx';
import { Facts, History, Quality } from './facts.tsx';
import { OpenFile } from './file.tsx';
import { leastAtFirst, Rules } from './rules.tsx';
import { askModel, askVersions, serverSource } from './server.ts';
import type { RuleSource } from './source.ts';
import { useAsked, useMore } from './use.ts';

/** The view of the model: what it was made from, how good it is, its rules, what changed. */
export function ModelView({
  explored,
  onChange,
}: {
  explored: Explored;
  onChange(explored: Explored): void;
}) {
  const [file, setFile] = useState<RuleSource>();
  const open = (source: RuleSource | undefined) => {
    setFile(source);
    onChange({});
  };
  return (
    <div class="explore">
      {file === undefined ? (
        <Served {...{ explored, onChange }} />
      ) : (
        <Explorer source={file} {...{ explored, onChange }} />
      )}
      <OpenFile file={file?.file} onOpen={open} />
    </div>
  );
}

/** The model that answers. */
function Served({
  explored,
  onChange,
}: {
  explored: Explored;
  onChange(explored: Explored): void;
}) {
  const { data, fault, retry } = useAsked(async (signal) => {
    const [model, versions] = await Promise.all([askModel(signal), askVersions(undefined, signal)]);
    return { model, versions };
  }, []);
  if (fault) return <Trouble fault={fault} onRetry={retry} />;
  if (data === undefined) return <p role="status">{texts.model.loading}</p>;
  return <About {...data} {...{ explored, onChange }} />;
}

function About({
  model,
  versions,
  explored,
  onChange,
}: {
  model: ModelAnswer;
  versions: ModelsAnswer;
  explored: Explored;
  onChange(explored: Explored): void;
}) {
  const {
    items: models,
    cursor,
    fault,
    more,
  } = useMore({ items: versions.models, cursor: versions.cursor }, async (from) => {
    const next = await askVersions(from, new AbortController().signal);
    return { items: next.models, cursor: next.cursor };
  });
  const source = useMemo(() => serverSource(model), [model]);
  return (
    <>
      <div class="about">
        <Facts model={model} />
        <Quality model={model} />
      </div>
      <Explorer
        {...{ source, explored, onChange }}
        after={(least) => <Difference models={models} serving={model.version} least={least} />}
      />
      <History models={models} onMore={cursor === undefined ? undefined : () => void more()} />
      {fault && <Trouble fault={fault} onRetry={() => void more()} />}
    </>
  );
}

/** Rules, once it is known between what their figures are. */
function Explorer({
  source,
  explored,
  onChange,
  after,
}: {
  source: RuleSource;
  explored: Explored;
  onChange(explored: Explored): void;
  after?: (least: ReturnType<typeof leastAtFirst>) => preact.ComponentChildren;
}) {
  const { data: extent, fault, retry } = useAsked((signal) => source.extent(signal), [source]);
  if (fault) return <Trouble fault={fault} onRetry={retry} />;
  if (extent === undefined) return <p role="status">{texts.model.loading}</p>;
  const { support, confidence, lift } = explored;
  const first = leastAtFirst(extent, source.transactions, explored.song);
  const least = {
    support: support ?? first.support,
    confidence: confidence ?? first.confidence,
    lift: lift ?? first.lift,
  };
  return (
    <>
      <Rules {...{ source, extent, least, explored, onChange }} />
      {after?.(least)}
    </>
  );
}
