/** Lengths as the contract counts them: in Unicode code points, where JavaScript counts UTF-16 units. */

export const countCodePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Whether a string has more than `max` code points. */
export const isLonger = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || countCodePoints(text) > max);

export const firstCodePoints = (text: string, count: number): string =>
  [...text.slice(0, 2 * count)].slice(0, count).join('');
