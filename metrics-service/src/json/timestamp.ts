/**
 * ISO 8601 date-times as the clients write them: Python's isoformat() with microseconds and mostly no zone, with an
 * offset when the caller gave one, sometimes with Z. Extended and basic forms, `T` or a space between date and time.
 * Written by hand since it runs once per event: small integers only, -1 for what is not a number.
 */

const zero = 48;
const [dash, colon, point, comma, space, upperT, lowerT] = [...'-:., Tt'].map(mark => mark.charCodeAt(0));

const digit = (text: string, at: number): number => {
  if (at >= text.length) return -1;
  const value = text.charCodeAt(at) - zero;
  return value >= 0 && value <= 9 ? value : -1;
};

/** The number that two digits spell, or -1. A sign bit in any of four differences means that one isn't a digit. */
const parseTwoDigits = (text: string, at: number): number => {
  if (at + 1 >= text.length) return -1;
  const tens = text.charCodeAt(at) - zero;
  const ones = text.charCodeAt(at + 1) - zero;
  return (tens | ones | (9 - tens) | (9 - ones)) < 0 ? -1 : tens * 10 + ones;
};

const daysIn = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month < 8 ? 30 + (month % 2) : 31 - (month % 2);
};

/** Longer texts are not read at all; nine digits of a second and an offset with seconds fit. */
const maxLength = 48;

/** Milliseconds to add to local time of `text[at..]`, which is Z or an offset; NaN if neither. */
const offsetMs = (text: string, at: number): number => {
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return at + 1 === text.length ? 0 : Number.NaN;
  if (sign !== '+' && sign !== '-') return Number.NaN;
  const hours = parseTwoDigits(text, at + 1);
  if (hours < 0 || hours > 23) return Number.NaN;
  let seconds = hours * 3600;
  let position = at + 3;
  // Minutes, and the seconds of a place's local mean time, which Python writes as well.
  for (let unit = 60; unit >= 1 && position < text.length; unit /= 60) {
    if (text[position] === ':') position += 1;
    const value = parseTwoDigits(text, position);
    if (value < 0 || value > 59) return Number.NaN;
    seconds += value * unit;
    position += 2;
  }
  if (position !== text.length) return Number.NaN;
  return sign === '+' ? -seconds * 1000 : seconds * 1000;
};

/** The last day that was computed, and its start: most events come from the same day. */
const startCache = {year: 1970, month: 1, day: 1, ms: 0};

const startOf = (year: number, month: number, day: number): number => {
  if (day !== startCache.day || month !== startCache.month || year !== startCache.year) {
    startCache.year = year;
    startCache.month = month;
    startCache.day = day;
    // Date.UTC maps the years 0 to 99 to 1900 to 1999; such a time is long past either way, and only that matters.
    startCache.ms = Date.UTC(year, month - 1, day);
  }
  return startCache.ms;
};

/** Milliseconds since 1970 in UTC, or NaN if the text is not an ISO 8601 date or date-time. No zone means UTC. */
export const parseTimestamp = (text: string): number => {
  if (text.length > maxLength) return Number.NaN;
  const century = parseTwoDigits(text, 0);
  const years = parseTwoDigits(text, 2);
  const dashes = text.charCodeAt(4) === dash ? 1 : 0;
  const month = parseTwoDigits(text, 4 + dashes);
  const day = parseTwoDigits(text, 6 + 2 * dashes);
  if (century < 0 || years < 0 || month < 1 || month > 12 || day < 1) return Number.NaN;
  const year = century * 100 + years;
  if (day > 28 && day > daysIn(year, month)) return Number.NaN;
  if (dashes === 1 && text.charCodeAt(7) !== dash) return Number.NaN;
  let position = 8 + 2 * dashes;
  if (position === text.length) return startOf(year, month, day);

  const separator = text.charCodeAt(position);
  if (separator !== upperT && separator !== space && separator !== lowerT) return Number.NaN;
  const hour = parseTwoDigits(text, position + 1);
  position += 3;
  const colons = text.charCodeAt(position) === colon ? 1 : 0;
  let minute = 0;
  let second = 0;
  let ms = 0;
  // Python's isoformat() can be configured to end with the hour.
  if (colons === 1 || digit(text, position) >= 0) {
    minute = parseTwoDigits(text, position + colons);
    position += 2 + colons;
    if (colons === 1 ? text.charCodeAt(position) === colon : digit(text, position) >= 0) {
      second = parseTwoDigits(text, position + colons);
      position += 2 + colons;
      const mark = text.charCodeAt(position);
      if (mark === point || mark === comma) {
        position += 1;
        let read = 0;
        for (let value = digit(text, position); value >= 0; value = digit(text, position)) {
          // Digits below a millisecond are read and ignored.
          if (read < 3) ms = ms * 10 + value;
          read += 1;
          position += 1;
        }
        if (read === 0) return Number.NaN;
        for (; read < 3; read += 1) ms *= 10;
      }
    }
  }
  if (minute < 0 || minute > 59 || second < 0 || second > 60) return Number.NaN; // 60 is a leap second
  // 24:00 is the day's end.
  if (hour < 0 || hour > 24 || (hour === 24 && (minute !== 0 || second !== 0 || ms !== 0))) return Number.NaN;
  const local = startOf(year, month, day) + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms;
  return position === text.length ? local : local + offsetMs(text, position);
};

/** The last millisecond that a Date can represent. */
const maxTime = 8.64e15;

/** Milliseconds since 1970 of ISO 8601 text or of Unix seconds; NaN for anything else. */
export const readTimestamp = (raw: unknown): number => {
  if (typeof raw === 'string') return parseTimestamp(raw);
  if (typeof raw !== 'number') return Number.NaN;
  const ms = raw * 1000;
  return Math.abs(ms) <= maxTime ? ms : Number.NaN;
};
