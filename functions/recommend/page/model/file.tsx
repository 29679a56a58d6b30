import { useState } from 'preact/hooks';
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
  const [over, setOver] = useState(false);
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
  const take = (files: FileList | null | undefined) => {
    const chosen = files?.[0];
    if (chosen !== undefined) void read(chosen);
  };
  return (
    <section
      class={over ? 'drop over' : 'drop'}
      aria-label={words.title}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
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
            take(event.currentTarget.files);
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
