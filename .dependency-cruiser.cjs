/**
 * Which module may import which. The packages depend on each other in one direction:
 * .tools and metrics-service <- dashboards <- infra; a package's exports define what it shares.
 * @type {import('dependency-cruiser').IConfiguration}
 */

/** A package may not import these others, by any path. */
const never = (from, to, comment) => ({
  name: `${from}-imports-no-${to}`,
  comment,
  severity: 'error',
  from: {path: `^${from.replace('.', '\\.')}/`},
  to: {path: `^(${to.split('-or-').join('|').replaceAll('.', '\\.')})/`},
});

/** Inside dashboards/src: a folder and the folders below it that it may import. */
const layer = (folder, allowed) => ({
  name: `dashboards-${folder}`,
  comment: `dashboards/src/${folder} may import only errors.ts${allowed.map(name => `, ${name}`).join('')} and itself of dashboards/src.`,
  severity: 'error',
  from: {path: `^dashboards/src/${folder}/`},
  to: {path: '^dashboards/src/', pathNot: `^dashboards/src/(errors\\.ts$|(${[folder, ...allowed].join('|')})/)`},
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Modules that import each other in a circle cannot be understood, or loaded, one at a time.',
      severity: 'error',
      from: {},
      to: {circular: true},
    },
    {
      name: 'not-to-unresolvable',
      comment: 'The import names nothing that exists.',
      severity: 'error',
      // The preview has its own packages, which may not be installed.
      from: {pathNot: '^dashboards/preview/'},
      to: {couldNotResolve: true},
    },
    never(
      '.tools',
      'metrics-service-or-dashboards-or-infra-or-.ci',
      'The tools are at the bottom of the dependency order.',
    ),
    never('metrics-service', 'dashboards-or-infra-or-.ci', 'The service knows nothing about boards and AWS.'),
    never('dashboards', 'infra-or-.ci', 'Boards and rules know nothing about AWS.'),
    never('infra', '.ci', 'The gate uses the packages, not the other way round.'),
    {
      name: 'service-without-tools',
      comment: 'The running service needs nothing of what command-line programs share.',
      severity: 'error',
      from: {path: '^metrics-service/src/'},
      to: {path: '^\\.tools/'},
    },
    {
      name: 'sources-import-no-tests',
      comment: 'Only tests and checks use test doubles.',
      severity: 'error',
      from: {path: '^(metrics-service/src|dashboards/src|dashboards/preview/src|infra/(src|plan|local))/'},
      to: {path: '/test/'},
    },
    {
      name: 'program-without-tools',
      comment: 'The Pulumi program is a composition of resources; plan, local and checks may use it, never it them.',
      severity: 'error',
      from: {path: '^infra/src/'},
      to: {path: '^infra/(plan|local|checks|review|test)/'},
    },
    {
      name: 'catalogue-is-data',
      comment: 'The catalogue is pure data.',
      severity: 'error',
      from: {path: '^metrics-service/src/catalogue\\.ts$'},
      to: {pathNot: '^metrics-service/src/(metric|contract)\\.ts$'},
    },
    {
      name: 'one-importer-of-prom-client',
      comment: 'instruments.ts is the only place that knows prom-client.',
      severity: 'error',
      from: {path: '^metrics-service/src/', pathNot: '^metrics-service/src/instruments\\.ts$'},
      to: {path: 'node_modules/prom-client/'},
    },
    {
      name: 'one-importer-of-libsql',
      comment: 'history-file.ts is the only place that knows libsql.',
      severity: 'error',
      from: {path: '^metrics-service/src/', pathNot: '^metrics-service/src/history-file\\.ts$'},
      to: {path: 'node_modules/libsql/'},
    },
    {
      name: 'http-in-one-folder',
      comment: 'Koa and node:http live in metrics-service/src/http.',
      severity: 'error',
      from: {path: '^metrics-service/src/', pathNot: '^metrics-service/src/http/'},
      to: {path: '^(node_modules/koa|(node:)?http$)', dependencyTypesNot: ['type-only']},
    },
    layer('promql', []),
    layer('signals', ['promql']),
    layer('rules', ['promql', 'signals']),
    layer('panels', ['promql', 'signals']),
    layer('boards', ['promql', 'signals', 'panels']),
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    // Copies for the builds of images.
    exclude: {path: '/\\.contexts/'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types']},
  },
};
