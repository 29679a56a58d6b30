// The listener's page: songs in, songs with reasons out. Names from data sets are only ever text.
const element = (id) => document.getElementById(id);

/** @type {{track: string, artist?: string}[]} */
let seeds = [];

/** Songs that the typeahead has offered, by the text shown. */
const offered = new Map();

const label = ({ track, artist }) => (artist ? `${track} - ${artist}` : track);

async function ask(url, options) {
  const answer = await fetch(url, options);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}

function sentence(reason) {
  if (reason.kind === 'popular') return `In ${reason.support} playlists.`;
  const times = reason.lift >= 10 ? Math.round(reason.lift) : reason.lift.toFixed(1);
  return `${reason.together} of ${reason.given} playlists with ${reason.songs.join(' and ')} have it, ${times} times as often as by chance.`;
}

function item(text, ...children) {
  const li = document.createElement('li');
  li.append(text, ...children);
  return li;
}

function showSeeds() {
  element('seeds').replaceChildren(
    ...seeds.map((seed) => {
      const button = document.createElement('button');
      button.textContent = `${label(seed)} ×`;
      button.setAttribute('aria-label', `Remove ${label(seed)}`);
      button.addEventListener('click', () => change(seeds.filter((other) => other !== seed)));
      return item(button);
    }),
  );
}

async function change(next) {
  seeds = next;
  showSeeds();
  if (seeds.length === 0) {
    element('songs').replaceChildren();
    element('status').textContent = '';
    return;
  }
  try {
    const answer = await ask('api/recommend', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ songs: seeds }),
    });
    element('songs').replaceChildren(
      ...answer.recommendations.map((song) => {
        const reason = document.createElement('small');
        reason.textContent = song.because.map(sentence).join(' ');
        return item(label(song), reason);
      }),
    );
    const unknown = answer.unmatched
      .map((title) => `“${title}” is not in the playlists. `)
      .join('');
    const popular = answer.fallback ? 'No rule fired: these are the most popular songs.' : '';
    element('status').textContent = unknown + popular;
    element('model').textContent = `Model ${answer.version} of ${answer.model_date.slice(0, 10)}`;
  } catch (error) {
    element('status').textContent = error.message;
  }
}

let typing;
element('song').addEventListener('input', ({ target }) => {
  clearTimeout(typing);
  const typed = target.value.trim();
  if (typed === '' || offered.has(target.value)) return;
  typing = setTimeout(async () => {
    try {
      const { songs } = await ask(`api/songs?q=${encodeURIComponent(typed)}`);
      offered.clear();
      for (const song of songs) offered.set(label(song), song);
      element('known').replaceChildren(
        ...songs.map((song) =>
          Object.assign(document.createElement('option'), { value: label(song) }),
        ),
      );
    } catch (error) {
      element('status').textContent = error.message;
    }
  }, 150);
});

element('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const { value } = element('song');
  if (value.trim() === '') return;
  const { track, artist } = offered.get(value) ?? { track: value.trim() };
  element('song').value = '';
  void change([...seeds, artist ? { track, artist } : { track }]);
});
