import type { Dataset, Model } from './api.ts';
import { moment, size, texts } from './texts.ts';

/** The versions, the newest first; each but the one that serves can be made to serve. */
export function Models({
  models,
  onActivate,
}: {
  models: readonly Model[];
  onActivate(version: string): void;
}) {
  const { title, none, columns, signature } = texts.models;
  return (
    <section>
      <h2>{title}</h2>
      {models.length === 0 ? (
        <p>{none}</p>
      ) : (
        <Table title={title} columns={columns}>
          {models.map((model) => (
            <tr key={model.version}>
              <th scope="row">{model.version}</th>
              <td>{moment(model.created)}</td>
              <td>{size(model.bytes)}</td>
              <td>
                <code>{model.sha256.slice(0, 12)}</code>
                {model.signed !== undefined && ` ${signature(model.signed)}`}
              </td>
              <td>{stateOf(model, onActivate)}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function stateOf({ version, signed, serving }: Model, onActivate: (version: string) => void) {
  const { serves, cannotServe, activate } = texts.models;
  if (serving) return <strong>{serves}</strong>;
  if (signed === false) return cannotServe;
  return (
    <button type="button" onClick={() => onActivate(version)}>
      {activate(version)}
    </button>
  );
}

/** The data sets on the volume, the newest first. */
export function Datasets({
  datasets,
  onRemove,
}: {
  datasets: readonly Dataset[];
  onRemove(name: string): void;
}) {
  const { title, none, columns, remove, really } = texts.datasets;
  return (
    <section>
      <h2>{title}</h2>
      {datasets.length === 0 ? (
        <p>{none}</p>
      ) : (
        <Table title={title} columns={columns}>
          {datasets.map(({ name, uploaded, bytes, sha256 }) => (
            <tr key={`${sha256} ${name}`}>
              <th scope="row">{name}</th>
              <td>{moment(uploaded)}</td>
              <td>{size(bytes)}</td>
              <td>
                <code>{sha256.slice(0, 12)}</code>
              </td>
              <td>
                <button
                  type="button"
                  onClick={() => {
                    if (confirm(really(name))) onRemove(name);
                  }}
                >
                  {remove(name)}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Table({
  title,
  columns,
  children,
}: {
  title: string;
  columns: readonly string[];
  children: preact.ComponentChildren;
}) {
  return (
    // Tables are wider than phones: they move within their frame, by keyboard as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="wide" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
