import { useState } from 'preact/hooks';
import { useDrop } from '../../../../shared/page/drop.ts';
import { texts } from '../texts.ts';
import { fileSource, type RuleSource } from './source.ts';

const words = texts.model.file;

/** Opens rules that were mined elsewhere; nothing of them leaves the browser. */
export function OpenFile({
  file,
  onOpen,
}: {
  file: string | undefined;
  onOpen(source: RuleSource | undefined): void;
}) {
  const [wrong, setWrong] = useState('');
  const read = async (chosen: File) => {
    try {
      // The reader is loaded with the first file: few people have one.
      const { readRuleFile } = await import('../../../../shared/ruleFile.ts');
      onOpen(fileSource(chosen.name, readRuleFile(await chosen.text())));
      setWrong('');
    } catch (error) {
      setWrong(words.wrong(chosen.name, (error as Error).message));
    }
  };
  const drop = useDrop((dropped) => void read(dropped));
  return (
    <section {...drop} aria-label={words.title}>
      <h2>{words.title}</h2>
      {file !== undefined && (
        <p>
          {words.showing(file)}{' '}
          <button type="button" onClick={() => onOpen(undefined)}>
            {words.close(file)}
          </button>
        </p>
      )}
      <p>
        <small>{words.help}</small>
      </p>
      <label>
        <span>{words.choose}</span>{' '}
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen !== undefined) void read(chosen);
            // The same file can be chosen again.
            event.currentTarget.value = '';
          }}
        />
      </label>
      {wrong && (
        <p role="alert" class="complaint">
          {wrong}
        </p>
      )}
    </section>
  );
}
