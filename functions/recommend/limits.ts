/** Numbers of a request: when nothing is said about it, and the bounds. */
export const limits = {
  asked: { maximum: 200 },
  diversity: { default: 0, minimum: 0, maximum: 1 },
  recommendations: { default: 20, maximum: 200 },
  rules: { default: 100, maximum: 1000 },
  suggestions: { default: 10, maximum: 50 },
  versions: { default: 50, maximum: 200 },
};
