/**
 * `npm run licences`: under which licences everything in the lockfiles is, and whether that suits a project under Apache-2.0.
 * GPL and AGPL don't: they would bind whoever passes this on. What states no licence must have been read by somebody.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

/** Packages whose package.json names no licence of SPDX's list: what was found by reading. */
export const read: Readonly<Record<string, string>> = {
  '@logdna/tail-file': 'MIT', // its file LICENSE
  'fast-shallow-equal': 'Unlicense', // its file LICENSE
  'react-universal-interface': 'Unlicense', // its file LICENSE
  // Says nothing anywhere. A function of the page that draws boards here; in no image, and never passed on.
  'get-document': 'LicenseRef-not-stated',
};

/** One package of a lockfile. */
export type Dependency = {readonly name: string; readonly version: string; readonly licence: string};

type Entry = {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
};

const unknown = 'unknown';

/** What a lockfile brings from the registry; the project's own packages have no checksum. */
export const dependenciesOf = (lockfile: string, known = read): readonly Dependency[] => {
  const {packages = {}}: {packages?: Record<string, Entry>} = JSON.parse(lockfile);
  return Object.entries(packages).flatMap(([path, {version = '', license, integrity}]) => {
    if (integrity === undefined) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const stated = license === undefined || license.startsWith('SEE LICENSE') ? known[name] : license;
    return [{name, version, licence: stated ?? unknown}];
  });
};

/** Whole words: the LGPL binds the library alone. */
const forbidden = /(?<![A-Z])A?GPL(?![A-Z])/i;

/** What npm calls a package that grants nothing to anybody. */
const unlicensed = 'UNLICENSED';

const isAllowedPart = (part: string): boolean => ![unknown, unlicensed].includes(part) && !forbidden.test(part);

/** Of an expression without brackets, in which AND binds before OR. */
const isAllowedFlat = (expression: string): boolean =>
  expression.split(/\s+OR\s+/).some(alternative =>
    alternative
      .trim()
      .split(/\s+AND\s+/)
      .every(isAllowedPart),
  );

/** Of an SPDX expression: one alternative is enough, each part of it must be allowed. */
export const isAllowed = (licence: string): boolean => {
  const innermost = licence.replaceAll(/\(([^()]*)\)/g, (_, inner: string) =>
    isAllowedFlat(inner) ? 'allowed' : unknown,
  );
  return innermost === licence ? isAllowedFlat(licence) : isAllowed(innermost);
};

const root = join(import.meta.dirname, '..');
const lockfiles = ['package-lock.json', 'dashboards/preview/package-lock.json'];

const usage = `Usage: npm run licences [-- --list]

Counts the licences of everything in ${lockfiles.join(' and ')}.
Exits 1 when a package is under GPL or AGPL alone, grants nothing, or states no licence and was not read.

  --list   every package with its licence, in lines of tab-separated values`;

const main = (): number => {
  const {values} = parseArgs({options: {list: {type: 'boolean'}, help: {type: 'boolean', short: 'h'}}});
  if (values.help) {
    console.log(usage);
    return 0;
  }
  let refused = 0;
  for (const lockfile of lockfiles) {
    const dependencies = dependenciesOf(readFileSync(join(root, lockfile), 'utf8'));
    const counts = new Map<string, number>();
    for (const {name, version, licence} of dependencies) {
      counts.set(licence, (counts.get(licence) ?? 0) + 1);
      if (values.list) console.log([lockfile, name, version, licence].join('\t'));
    }
    if (!values.list) {
      console.log(`${lockfile}: ${dependencies.length} packages`);
      for (const [licence, count] of [...counts].sort(([, a], [, b]) => b - a))
        console.log(`${String(count).padStart(5)} ${licence}`);
    }
    for (const {name, version, licence} of dependencies.filter(({licence}) => !isAllowed(licence))) {
      refused += 1;
      console.error(
        `✘ ${lockfile}: ${name} ${version}: expected a licence, and neither GPL nor AGPL, found ${licence}`,
      );
    }
  }
  return refused === 0 ? 0 : 1;
};

if (import.meta.filename === process.argv[1]) {
  // A reader such as `head` may have seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = main();
}
