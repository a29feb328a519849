/**
 * `npm run licences`: lists the licences of everything in the lockfiles, and checks that they are compatible with a
 * project under Apache-2.0. GPL and AGPL are not: they would bind everyone who distributes this project. The licence of
 * a package that declares none must have been read by a person.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';

/** Packages whose package.json names no SPDX licence: the licence that was found by reading. */
export const read: Readonly<Record<string, string>> = {
  '@logdna/tail-file': 'MIT', // its file LICENSE
  'fast-shallow-equal': 'Unlicense', // its file LICENSE
  'react-universal-interface': 'Unlicense', // its file LICENSE
  // Declares no licence anywhere. Used only by the page of the preview; in no image, and not distributed.
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

/** The packages that a lockfile gets from the registry; the project's own packages have no checksum. */
export const dependenciesOf = (lockfile: string, known = read): readonly Dependency[] => {
  const {packages = {}}: {packages?: Record<string, Entry>} = JSON.parse(lockfile);
  return Object.entries(packages).flatMap(([path, {version = '', license, integrity}]) => {
    if (integrity === undefined) return [];
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const stated = license === undefined || license.startsWith('SEE LICENSE') ? known[name] : license;
    return [{name, version, licence: stated ?? unknown}];
  });
};

/** Whole words, so that the LGPL, which binds only the library, does not match. */
const forbidden = /(?<![A-Z])A?GPL(?![A-Z])/i;

/** npm's name for a package that grants no rights. */
const unlicensed = 'UNLICENSED';

const isAllowedPart = (part: string): boolean => ![unknown, unlicensed].includes(part) && !forbidden.test(part);

/** Whether an expression without parentheses is allowed; AND binds before OR. */
const isAllowedFlat = (expression: string): boolean =>
  expression.split(/\s+OR\s+/).some(alternative =>
    alternative
      .trim()
      .split(/\s+AND\s+/)
      .every(isAllowedPart),
  );

/** Whether an SPDX expression is allowed: one alternative is enough, and each part of it must be allowed. */
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
Exits with 1 if a package is only under GPL or AGPL, grants no rights, or declares no licence and was not reviewed.

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
  // A reader such as `head` may close the pipe early.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = main();
}
