/**
 * Grafana's named colours in its two themes, and how far apart two colours look. The hex values are those of
 * https://github.com/grafana/grafana/blob/v13.2.2/packages/grafana-data/src/themes/createVisualizationColors.ts;
 * a test of the preview compares them with the themes of the package.
 */
export type Shade = {readonly dark: string; readonly light: string};

export const namedColours: Readonly<Record<string, Shade>> = {
  red: {dark: '#F2495C', light: '#E02F44'},
  orange: {dark: '#FF9830', light: '#FF780A'},
  'semi-dark-yellow': {dark: '#F2CC0C', light: '#E0B400'},
  green: {dark: '#73BF69', light: '#56A64B'},
  blue: {dark: '#5794F2', light: '#3274D9'},
  purple: {dark: '#B877D9', light: '#A352CC'},
};

/** Behind panels: `background.primary` of each theme. */
export const background: Shade = {dark: '#181b1f', light: '#ffffff'};

type Lab = readonly [lightness: number, a: number, b: number];

/** From sRGB with the white point D65 (https://www.w3.org/TR/css-color-4/#color-conversion-code). */
const labOf = (hex: string): Lab => {
  const linear = [1, 3, 5].map(at => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  const weighted = (r: number, g: number, b: number): number =>
    (linear[0] ?? 0) * r + (linear[1] ?? 0) * g + (linear[2] ?? 0) * b;
  const toLab = (ratio: number): number =>
    ratio > 216 / 24389 ? Math.cbrt(ratio) : (ratio * 24389) / 27 / 116 + 16 / 116;
  const x = toLab(weighted(0.4124564, 0.3575761, 0.1804375) / 0.95047);
  const y = toLab(weighted(0.2126729, 0.7151522, 0.072175));
  const z = toLab(weighted(0.0193339, 0.119192, 0.9503041) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

/** CIE76: the Euclidean distance in CIELAB. 2 is just noticeable side by side. */
export const distance = (one: string, other: string): number => {
  const [a, b] = [labOf(one), labOf(other)];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
};
