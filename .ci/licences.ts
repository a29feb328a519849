/**
 * The licences of everything in the lockfiles, and whether they are compatible with a project under Apache-2.0. GPL and
 * AGPL are not: they would bind everyone who distributes this project. If a package declares no licence, a person must
 * have reviewed it. The check reads lockfiles instead of node_modules, because they also list the packages of other
 * platforms and of the preview.
 */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import parseExpression, {type Info} from 'spdx-expression-parse';
import {root} from './run-checks.ts';

/** Packages whose package.json has no SPDX licence, with the licence that a person found in their files. */
export const reviewedLicences: Readonly<Record<string, string>> = {
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
export const dependenciesOf = (lockfile: string, known = reviewedLicences): readonly Dependency[] => {
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

const isAllowedIn = (expression: Info): boolean => {
  if (!('conjunction' in expression)) return !forbidden.test(expression.license);
  const {conjunction, left, right} = expression;
  return conjunction === 'or' ? isAllowedIn(left) || isAllowedIn(right) : isAllowedIn(left) && isAllowedIn(right);
};

/**
 * Whether a licence is allowed: of alternatives one is enough, and each of several that apply together must be allowed.
 * What is not an SPDX expression, such as npm's `UNLICENSED`, is not allowed.
 */
export const isAllowed = (licence: string): boolean => {
  try {
    return isAllowedIn(parseExpression(licence));
  } catch {
    return false;
  }
};

export const lockfiles = ['package-lock.json', 'dashboards/preview/package-lock.json'];

const countLines = (dependencies: readonly Dependency[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const {licence} of dependencies) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([licence, count]) => `${String(count).padStart(5)} ${licence}`);
};

export type LicenceOptions = {
  /** Whether to report every package instead of counts. */
  readonly isListing: boolean;
  readonly report: (line: string) => void;
};

/** Reports the licences, and to standard error those that are not allowed. Returns whether all are allowed. */
export const checkLicences = ({isListing, report}: LicenceOptions): boolean => {
  let isSound = true;
  for (const lockfile of lockfiles) {
    const dependencies = dependenciesOf(readFileSync(join(root, lockfile), 'utf8'));
    if (isListing)
      for (const {name, version, licence} of dependencies) report([lockfile, name, version, licence].join('\t'));
    else for (const line of [`${lockfile}: ${dependencies.length} packages`, ...countLines(dependencies)]) report(line);
    for (const {name, version, licence} of dependencies.filter(({licence}) => !isAllowed(licence))) {
      isSound = false;
      console.error(
        `✘ ${lockfile}: ${name} ${version}: expected a licence, and neither GPL nor AGPL, found ${licence}`,
      );
    }
  }
  return isSound;
};
