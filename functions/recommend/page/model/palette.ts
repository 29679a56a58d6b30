/** Colours of plots, which cannot take them from the style sheet. */
export interface Palette {
  text: string;
  quiet: string;
  line: string;
  ground: string;
  accent: string;
  /** From few to many, even steps of lightness (viridis, without what fades into the ground). */
  ramp: string[];
}

export const light: Palette = {
  ...{ text: '#1b1b1f', quiet: '#55555f', line: '#d4d4dc', ground: '#ffffff', accent: '#0b57a4' },
  ramp: ['#a8d8b0', '#4fb783', '#21908d', '#31688e', '#443983', '#440154'],
};
export const dark: Palette = {
  ...{ text: '#e6e6ea', quiet: '#a9a9b4', line: '#3a3a44', ground: '#1f1f25', accent: '#7fb8f5' },
  ramp: ['#3e5c93', '#31848e', '#20a386', '#5ac864', '#aadc32', '#fde725'],
};
