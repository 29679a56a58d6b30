/** What a playlist for an occasion is made of. */
export interface Mood {
  /** As a listener would call the playlist. */
  name: string;
  /** How well a genre fits, from 0 to 1; those that are not there do not fit. */
  genres?: ReadonlyMap<string, number>;
  /** Songs that fit whatever their genre and year: artist to titles. */
  songs?: ReadonlyMap<string, readonly string[]>;
}

/** Occasions for which playlists are made. */
export const moods: readonly Mood[] = [
  {
    name: 'party',
    genres: new Map(
      Object.entries({
        disco: 1,
        electronic: 0.7,
        latin: 0.6,
        afrobeat: 0.6,
        pop: 0.5,
        'hip-hop': 0.4,
      }),
    ),
  },
  {
    name: 'chill',
    genres: new Map(
      Object.entries({
        indie: 0.6,
        folk: 0.6,
        reggae: 0.6,
        soul: 0.5,
        'r&b': 0.5,
        electronic: 0.3,
      }),
    ),
  },
  {
    name: 'workout',
    genres: new Map(
      Object.entries({ electronic: 0.9, 'hip-hop': 0.9, metal: 0.8, punk: 0.8, rock: 0.3 }),
    ),
  },
  {
    name: 'road trip',
    genres: new Map(Object.entries({ rock: 1, country: 0.8, folk: 0.4, blues: 0.4, indie: 0.3 })),
  },
  {
    name: 'dinner',
    genres: new Map(Object.entries({ jazz: 1, chanson: 0.7, soul: 0.6, blues: 0.4, latin: 0.3 })),
  },
  {
    name: 'heartbreak',
    songs: new Map(
      Object.entries({
        ABBA: ['The Winner Takes It All', 'Knowing Me, Knowing You'],
        Adele: ['Someone Like You', 'Easy on Me', 'Hello', 'Make You Feel My Love'],
        'Al Green': ['Tired of Being Alone'],
        'Amy Winehouse': ['Back to Black', 'Love Is a Losing Game', 'Tears Dry on Their Own'],
        'Bill Withers': ["Ain't No Sunshine"],
        'Billie Eilish': ["when the party's over", 'everything i wanted'],
        'Bon Iver': ['Skinny Love'],
        'Bonnie Raitt': ["I Can't Make You Love Me"],
        'Bonnie Tyler': ['Total Eclipse of the Heart'],
        'Bruno Mars': ['When I Was Your Man'],
        Coldplay: ['The Scientist', 'Fix You'],
        'Damien Rice': ["The Blower's Daughter"],
        'Elton John': ['Sorry Seems to Be the Hardest Word'],
        'Fleetwood Mac': ['Dreams', 'Go Your Own Way'],
        'Frank Ocean': ['Ivy', 'Thinkin Bout You'],
        'Gladys Knight & the Pips': ['Midnight Train to Georgia'],
        'Harry Nilsson': ['Without You'],
        'Jacques Brel': ['Ne me quitte pas'],
        'Jeff Buckley': ['Hallelujah', 'Last Goodbye', "Lover, You Should've Come Over"],
        'Joni Mitchell': ['A Case of You', 'River'],
        'Justin Timberlake': ['Cry Me a River'],
        'Lewis Capaldi': ['Someone You Loved'],
        'Olivia Rodrigo': ['drivers license', 'traitor'],
        'Otis Redding': ["I've Been Loving You Too Long"],
        'Patsy Cline': ['Crazy', 'I Fall to Pieces'],
        'R.E.M.': ['Everybody Hurts'],
        Radiohead: ['Creep', 'All I Need'],
        Rihanna: ['Stay', 'Take a Bow'],
        Robyn: ['Dancing on My Own', 'With Every Heartbeat'],
        'Roberta Flack': ['Killing Me Softly with His Song'],
        'Sam Smith': ["I'm Not the Only One", 'Stay with Me'],
        "Sinéad O'Connor": ['Nothing Compares 2 U'],
        'Taylor Swift': ['All Too Well', 'exile', 'champagne problems'],
        'The Beatles': ['Yesterday'],
        'The Righteous Brothers': ["You've Lost That Lovin' Feelin'"],
        'The Weeknd': ['Call Out My Name', 'Save Your Tears'],
        'Toni Braxton': ['Un-Break My Heart', 'Breathe Again'],
        'Whitney Houston': ['I Will Always Love You', 'I Have Nothing'],
      }),
    ),
  },
];
