/**
 * ISO 8601 date-times as the clients write them: Python's isoformat() with microseconds and mostly no zone, with an
 * offset when the caller gave one, sometimes with Z. Extended and basic forms, `T` or a blank between date and time.
 * Written by hand since it runs once a metric: small integers only, -1 for what is no number.
 */

const zero = 48;

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - zero;
  return value >= 0 && value <= 9 ? value : -1;
};

/** The number that two digits spell, or -1. */
const two = (text: string, at: number): number => {
  const tens = digit(text, at);
  const ones = digit(text, at + 1);
  return tens < 0 || ones < 0 ? -1 : tens * 10 + ones;
};

const daysIn = (year: number, month: number): number => {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month < 8 ? 30 + (month % 2) : 31 - (month % 2);
};

/** Longer texts are refused unread; nine digits of a second and an offset with seconds fit. */
const longest = 48;

/** Milliseconds to add to local time of `text[at..]`, which is Z, an offset or nothing (UTC); NaN if neither. */
const offsetMs = (text: string, at: number): number => {
  if (at === text.length) return 0;
  const sign = text[at];
  if (sign === 'Z' || sign === 'z') return at + 1 === text.length ? 0 : Number.NaN;
  if (sign !== '+' && sign !== '-') return Number.NaN;
  const hours = two(text, at + 1);
  if (hours < 0 || hours > 23) return Number.NaN;
  let seconds = hours * 3600;
  let position = at + 3;
  // Minutes, and the seconds of a place's local mean time, which Python writes as well.
  for (let unit = 60; unit >= 1 && position < text.length; unit /= 60) {
    if (text[position] === ':') position += 1;
    const value = two(text, position);
    if (value < 0 || value > 59) return Number.NaN;
    seconds += value * unit;
    position += 2;
  }
  if (position !== text.length) return Number.NaN;
  return sign === '+' ? -seconds * 1000 : seconds * 1000;
};

/** The day that was asked for last, and when it began: metrics come from the same day, mostly. */
const last = {year: 1970, month: 1, day: 1, ms: 0};

const startOf = (year: number, month: number, day: number): number => {
  if (day !== last.day || month !== last.month || year !== last.year) {
    // Date.UTC takes the years 0 to 99 for 1900 to 1999; such a time is long past either way, which is all it says.
    Object.assign(last, {year, month, day, ms: Date.UTC(year, month - 1, day)});
  }
  return last.ms;
};

/** Milliseconds since 1970 in UTC, or NaN if the text is no ISO 8601 date or date-time. No zone means UTC. */
export const parseTimestamp = (text: string): number => {
  if (text.length > longest) return Number.NaN;
  const century = two(text, 0);
  const dash = text[4] === '-' ? 1 : 0;
  const year = century * 100 + two(text, 2);
  const month = two(text, 4 + dash);
  const day = two(text, 6 + 2 * dash);
  if (century < 0 || two(text, 2) < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month))
    return Number.NaN;
  if (dash === 1 && text[7] !== '-') return Number.NaN;
  let position = 8 + 2 * dash;
  if (position === text.length) return startOf(year, month, day);

  const separator = text[position];
  if (separator !== 'T' && separator !== ' ' && separator !== 't') return Number.NaN;
  const hour = two(text, position + 1);
  position += 3;
  const colon = text[position] === ':' ? 1 : 0;
  let minute = 0;
  let second = 0;
  let ms = 0;
  // Python's isoformat() may be told to end with the hour.
  if (colon === 1 || digit(text, position) >= 0) {
    minute = two(text, position + colon);
    position += 2 + colon;
    if (colon === 1 ? text[position] === ':' : digit(text, position) >= 0) {
      second = two(text, position + colon);
      position += 2 + colon;
      if (text[position] === '.' || text[position] === ',') {
        const first = position + 1;
        for (position = first; digit(text, position) >= 0; position += 1) {
          if (position < first + 3) ms = ms * 10 + digit(text, position);
        }
        if (position === first) return Number.NaN;
        for (let missing = position - first; missing < 3; missing += 1) ms *= 10;
      }
    }
  }
  if (minute < 0 || minute > 59 || second < 0 || second > 60) return Number.NaN; // 60 is a leap second
  // 24:00 is the day's end.
  if (hour < 0 || hour > 24 || (hour === 24 && (minute !== 0 || second !== 0 || ms !== 0))) return Number.NaN;
  return startOf(year, month, day) + hour * 3_600_000 + minute * 60_000 + second * 1000 + ms + offsetMs(text, position);
};
