/** Updates CHANGELOG.md, which follows Keep a Changelog, for a release. */
import {CiError} from './ci-error.ts';

const unreleased = /^## \[Unreleased\][^\n]*\n/m;

/** The changelog has nothing to release, or no Unreleased section. */
export class ChangelogError extends CiError {
  override readonly name = 'ChangelogError';
  readonly code = 'ERR_CHANGELOG';
}

/**
 * Moves the entries under Unreleased to a new section. Returns the new changelog and the section, for the tag's
 * message.
 * @param date as 2026-01-31
 * @throws {ChangelogError}
 */
export const releaseNotes = (
  changelog: string,
  version: string,
  date: string,
): {readonly changelog: string; readonly notes: string} => {
  const heading = unreleased.exec(changelog);
  if (heading === null) throw new ChangelogError('CHANGELOG.md: expected a heading "## [Unreleased]", found none');
  if (changelog.includes(`\n## [${version}]`))
    throw new ChangelogError(`CHANGELOG.md: expected no section ${version} yet, found one`);
  const start = heading.index + heading[0].length;
  const next = changelog.slice(start).search(/^## \[/m);
  const end = next === -1 ? changelog.length : start + next;
  const notes = changelog.slice(start, end).trim();
  if (!/^[-*] /m.test(notes))
    throw new ChangelogError('CHANGELOG.md: expected something under Unreleased, found nothing to release');
  const rest = changelog.slice(end);
  return {
    notes,
    changelog: `${changelog.slice(0, start)}\n## [${version}] - ${date}\n\n${notes}\n${rest === '' ? '' : `\n${rest}`}`,
  };
};
