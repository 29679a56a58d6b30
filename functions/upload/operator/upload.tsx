import { useState } from 'preact/hooks';
import { Fault } from '../../../shared/page/ask.ts';
import { useDrop } from '../../../shared/page/drop.ts';
import { plainName, type Stored } from './api.ts';
import { texts } from './texts.ts';

/** Takes a file by drag and drop or from a dialogue, and shows how much of it is sent. */
export function Upload({
  token,
  onSaid,
  onFault,
}: {
  token: string;
  onSaid(text: string): void;
  onFault(error: unknown): void;
}) {
  const [sending, setSending] = useState<{ name: string; share: number }>();

  const take = async (file: File) => {
    if (sending !== undefined) return;
    const { name } = file;
    setSending({ name, share: 0 });
    try {
      const { rows } = await send(file, token, (share) => setSending({ name, share }));
      onSaid(texts.upload.stored(rows.read, rows.rejected));
    } catch (error) {
      onSaid('');
      onFault(error);
    } finally {
      setSending(undefined);
    }
  };

  const drop = useDrop((file) => void take(file));

  return (
    <section>
      <h2>{texts.upload.title}</h2>
      <fieldset {...drop}>
        <legend>{texts.upload.drop}</legend>
        <input
          id="file"
          type="file"
          aria-label={texts.upload.label}
          disabled={sending !== undefined}
          onChange={(event) => {
            const { currentTarget } = event;
            const file = currentTarget.files?.[0];
            if (file === undefined) return;
            void take(file).then(() => {
              currentTarget.value = '';
            });
          }}
        />
        {sending && (
          <p>
            <progress aria-label={texts.upload.sending(sending.name)} value={sending.share} />{' '}
            {sending.share < 1 ? texts.upload.sending(sending.name) : texts.upload.checking}
          </p>
        )}
      </fieldset>
    </section>
  );
}

/**
 * Sends a file. XMLHttpRequest, because fetch does not tell how much is sent.
 * @param onProgress Is told the share that is sent, 0 to 1.
 * @throws Fault
 */
function send(file: File, token: string, onProgress: (share: number) => void): Promise<Stored> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `datasets/${encodeURIComponent(plainName(file.name))}`);
    request.setRequestHeader('authorization', `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress(loaded / Math.max(1, total));
    request.onerror = () => reject(new Fault('network', 'The connection was lost.'));
    request.onload = () => {
      try {
        const body = JSON.parse(request.responseText);
        if (request.status < 300) resolve(body);
        else reject(new Fault(body.code, body.detail));
      } catch {
        reject(new Fault('internal', `The server answered with ${request.status}.`));
      }
    };
    request.send(file);
  });
}
