/** Parsers for environment variables. Each returns the parsed value, or a description of what it expected. */

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Parses a string, or returns what was expected instead. */
export type Parse<Value> = (text: string) => Value | {readonly expected: string};

export const isParseError = (outcome: unknown): outcome is {readonly expected: string} =>
  typeof outcome === 'object' && outcome !== null && 'expected' in outcome;

const inRange = (value: number, {min, max}: {min: number; max: number}, expected: string) =>
  value >= min && value <= max ? value : {expected};

export const parseInteger =
  (min: number, max: number): Parse<number> =>
  text =>
    inRange(/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN, {min, max}, `a whole number from ${min} to ${max}`);

export const parseSeconds =
  (min: number, max: number): Parse<number> =>
  text =>
    inRange(
      /^\d{1,10}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN,
      {min, max},
      `seconds from ${min} to ${max}`,
    );

export const parseBoolean: Parse<boolean> = text => {
  const value = text.toLowerCase();
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  return {expected: 'true or false'};
};

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};
/** A body is one string while it is parsed, and V8's strings are limited to 512 MiB. */
const maxRequestBytes = 2 ** 28;

const toBytes = (text: string): number => {
  const [, number = '', unit = ''] = /^(\d{1,15})\s*([a-z]*)$/i.exec(text) ?? [];
  return Number(number || Number.NaN) * (units[unit.toLowerCase()] ?? Number.NaN);
};

export const parseRequestSize: Parse<number> = text =>
  inRange(
    toBytes(text),
    {min: 1, max: maxRequestBytes},
    'a size from 1 byte to 256MiB, such as 10MB, 512KiB or 1048576',
  );

/** A smaller file could not contain the tables, and every write would have to delete rows. */
const minFileBytes = 2 ** 20;
const maxFileBytes = 2 ** 50;

export const parseFileSize: Parse<number> = text =>
  inRange(
    toBytes(text),
    {min: minFileBytes, max: maxFileBytes},
    'a size from 1MiB to 1048576GiB, such as 500MB or 2GiB',
  );

export const parseBoundaries: Parse<readonly number[]> = text => {
  const values = text.split(',').map(part => (/^\s*\d+(\.\d+)?(e-?\d+)?\s*$/i.test(part) ? Number(part) : Number.NaN));
  const ascending = values.every((value, index) => Number.isFinite(value) && value > (values[index - 1] ?? 0));
  return ascending && values.length <= 100
    ? values
    : {expected: 'up to 100 seconds above 0 in ascending order, separated by commas'};
};

export const parseLogLevel: Parse<LogLevel> = text =>
  logLevels.find(known => known === text.toLowerCase()) ?? {expected: `one of ${logLevels.join(', ')}`};

export const parseHost: Parse<string> = text =>
  /^[a-zA-Z0-9.:_-]+$/.test(text) ? text : {expected: 'a host name or an IP address'};
export const parseName: Parse<string> = text => (text.length <= 100 ? text : {expected: 'at most 100 characters'});
export const parsePath: Parse<string> = text => text;
