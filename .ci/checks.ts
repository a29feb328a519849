/**
 * The checks of `npm run types`, `npm run lint` and `npm test` besides the tests: programs that print nothing on
 * success.
 */

/** A program from the lockfile. */
export type Check = {readonly title: string; readonly tool: string; readonly parameters: readonly string[]};

/** The folders that the import rules cover. */
export const sourceFolders = ['.tools', 'metrics-service', 'dashboards', 'infra', '.ci'] as const;

/**
 * One project per package, each with the declarations of those below it: an edit of a board does not load Pulumi's types.
 * `npx tsc` at the root checks the same files as a single program.
 */
export const typeCheck: Check = {title: 'types: tsc --build', tool: 'tsc', parameters: ['--build', ...sourceFolders]};

/** The preview has its own packages, which must be installed first: it compiles against Grafana's types. */
export const previewTypeCheck: Check = {
  title: 'types: tsc --noEmit --project dashboards/preview',
  tool: 'tsc',
  parameters: ['--noEmit', '--project', 'dashboards/preview'],
};

export const lintChecks: readonly Check[] = [
  {title: 'lint: biome check', tool: 'biome', parameters: ['check', '--error-on-warnings']},
  {title: 'lint: imports', tool: 'depcruise', parameters: ['--config', '.dependency-cruiser.cjs', ...sourceFolders]},
  {title: 'lint: language', tool: 'tsx', parameters: ['.ci/language.ts']},
];
