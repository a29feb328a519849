/**
 * ISO 8601 date-times as the clients write them: Python's isoformat() with microseconds and mostly no zone, with an
 * offset when the caller gave one, sometimes with Z. Extended and basic forms, `T` or a blank between date and time.
 */

const zero = 48;

/** The number that `count` digits at `at` spell, or NaN. */
const digits = (text: string, at: number, count: number): number => {
  let value = 0;
  for (let index = at; index < at + count; index += 1) {
    const digit = text.charCodeAt(index) - zero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
};

const daysIn = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : month < 8
      ? 30 + (month % 2)
      : 31 - (month % 2);

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;

/** Longer texts are refused unread; nine digits of a second and an offset with seconds fit. */
const longest = 48;

/** Milliseconds to add to local time of `text[at..]`, which is Z, an offset or nothing (UTC); NaN if neither. */
const offsetMs = (text: string, at: number): number => {
  if (at === text.length) return 0;
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return at + 1 === text.length ? 0 : Number.NaN;
  if (sign !== '+' && sign !== '-') return Number.NaN;
  let position = at + 1;
  let seconds = 0;
  for (const [unit, max] of [
    [3600, 23],
    [60, 59],
    [1, 59],
  ] as const) {
    if (position === text.length && unit !== 3600) break;
    if (text[position] === ':' && unit !== 3600) position += 1;
    const value = digits(text, position, 2);
    if (!within(value, 0, max)) return Number.NaN;
    seconds += value * unit;
    position += 2;
  }
  if (position !== text.length) return Number.NaN;
  return sign === '+' ? -seconds * 1000 : seconds * 1000;
};

/** Milliseconds since 1970 in UTC, or NaN if the text is no ISO 8601 date or date-time. No zone means UTC. */
export const parseTimestamp = (text: string): number => {
  if (text.length > longest) return Number.NaN;
  const dash = text[4] === '-' ? 1 : 0;
  const year = digits(text, 0, 4);
  const month = digits(text, 4 + dash, 2);
  if (dash === 1 && text[7] !== '-') return Number.NaN;
  const day = digits(text, 6 + 2 * dash, 2);
  if (!(within(month, 1, 12) && within(day, 1, daysIn(year, month)))) return Number.NaN;
  let position = 8 + 2 * dash;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; such a time is long past either way, which is all it says.
  if (position === text.length) return Date.UTC(year, month - 1, day);
  const separator = text[position];
  if (separator !== 'T' && separator !== ' ' && separator !== 't') return Number.NaN;
  const hour = digits(text, position + 1, 2);
  position += 3;
  const colon = text[position] === ':' ? 1 : 0;
  const minute = digits(text, position + colon, 2);
  position += colon + 2;
  let second = 0;
  let fraction = 0;
  if (colon === 1 ? text[position] === ':' : within(text.charCodeAt(position) - zero, 0, 9)) {
    second = digits(text, position + colon, 2);
    position += colon + 2;
    if (text[position] === '.' || text[position] === ',') {
      let scale = 100;
      position += 1;
      const first = position;
      for (; within(text.charCodeAt(position) - zero, 0, 9); position += 1) {
        fraction += (text.charCodeAt(position) - zero) * scale;
        scale /= 10;
      }
      if (position === first) return Number.NaN;
    }
  }
  // 60 is a leap second.
  if (!(within(hour, 0, 23) && within(minute, 0, 59) && within(second, 0, 60))) return Number.NaN;
  return Date.UTC(year, month - 1, day, hour, minute, second) + fraction + offsetMs(text, position);
};
