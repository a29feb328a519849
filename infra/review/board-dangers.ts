/** Losses for readers of the boards: boards, panels, variables, series, thresholds, links to the runbook. */
import {type Danger, danger} from './danger.ts';
import {differingPart} from './differing-part.ts';
import {type IsExposed, lossOf, type PanelQuery, type Variables} from './query-changes.ts';

type JsonMap = Readonly<Record<string, unknown>>;

const asMap = (value: unknown): JsonMap => (typeof value === 'object' && value !== null ? (value as JsonMap) : {}); // an object's own keys

const mapsIn = (value: unknown): readonly JsonMap[] => (Array.isArray(value) ? value.map(asMap) : []);

type Step = {readonly value: unknown; readonly color: unknown};

type Panel = {
  readonly name: string;
  readonly queries: readonly PanelQuery[];
  /** Queries of other languages than PromQL, as JSON, without what only names the series. */
  readonly others: readonly string[];
  readonly dataSource: string;
  /** By the name of the column; the panel's own have an empty name. */
  readonly thresholds: ReadonlyMap<string, readonly Step[]>;
  readonly unit: string;
  readonly links: readonly string[];
  /** Transformations that hide rows or columns, as JSON. */
  readonly hiding: readonly string[];
};

type Board = {
  readonly uid: string;
  readonly title: string;
  readonly variables: Variables;
  readonly annotations: readonly string[];
  readonly panels: ReadonlyMap<string, Panel>;
};

/** Variables by name, with what Grafana fills in: a regular expression for several values and for All. */
const variablesOf = (board: JsonMap): Variables =>
  new Map(
    mapsIn(asMap(board['templating'])['list']).map(({name, current, allValue}) => {
      const values = [asMap(current)['value']].flat().map(String);
      return [String(name), values.includes('$__all') ? String(allValue ?? '.*') : values.join('|')];
    }),
  );

/** With a minimum step, both intervals of Grafana are as wide as the step of the graph. */
const textOf = ({expr, interval}: JsonMap): string =>
  typeof interval === 'string' && interval !== ''
    ? String(expr).replaceAll('$__interval]', '$__rate_interval]')
    : String(expr);

const stepsOf = (thresholds: unknown): readonly Step[] =>
  mapsIn(asMap(thresholds)['steps']).map(({value, color}) => ({value, color}));

const withoutNames = ({refId: _, id: __, label: ___, ...query}: JsonMap): JsonMap => query;

const hidingIn = (transformations: unknown): readonly string[] =>
  mapsIn(transformations)
    .filter(({id}) => id !== 'merge' && id !== 'sortBy')
    .map(({id, options}) =>
      JSON.stringify({id, options: id === 'organize' ? asMap(options)['excludeByName'] : options}),
    );

const panelOf = (panel: JsonMap, name: string, variables: Variables): Panel => {
  const targets = mapsIn(panel['targets']).filter(({hide}) => hide !== true);
  const {defaults, overrides} = asMap(panel['fieldConfig']);
  const {thresholds, unit} = asMap(defaults);
  return {
    name,
    queries: targets.flatMap(target => ('expr' in target ? [{text: textOf(target), variables}] : [])),
    others: targets.flatMap(target => ('expr' in target ? [] : [JSON.stringify(withoutNames(target))])),
    dataSource: String(asMap(panel['datasource'])['uid'] ?? ''),
    thresholds: new Map([
      ['', stepsOf(thresholds)],
      ...mapsIn(overrides).flatMap(({matcher, properties}) =>
        mapsIn(properties)
          .filter(({id}) => id === 'thresholds')
          .map(({value}) => [String(asMap(matcher)['options']), stepsOf(value)] as const),
      ),
    ]),
    unit: String(unit ?? ''),
    links: mapsIn(panel['links']).map(({title, url}) => `${String(title)} (${String(url)})`),
    hiding: hidingIn(panel['transformations']),
  };
};

const boardOf = (text: string): Board => {
  const board = asMap(JSON.parse(text));
  const title = String(board['title']);
  const variables = variablesOf(board);
  const panels = new Map<string, Panel>();
  const visit = (all: unknown): void => {
    for (const panel of mapsIn(all)) {
      visit(panel['panels']);
      if (!Array.isArray(panel['targets'])) continue;
      const name = `${title} / ${String(panel['title'])}`;
      panels.set(name, panelOf(panel, name, variables));
    }
  };
  visit(board['panels']);
  const annotations = mapsIn(asMap(board['annotations'])['list']).map(({name}) => String(name));
  return {uid: String(board['uid']), title, variables, annotations, panels};
};

const stepText = (step: Step | undefined): string =>
  step === undefined ? 'none' : `${String(step.value ?? 'below')} ${String(step.color)}`;

const changedThresholds = (before: Panel, after: Panel): readonly string[] =>
  [...before.thresholds].flatMap(([column, steps]) => {
    const where = column === '' ? '' : ` of ${column}`;
    const now = after.thresholds.get(column);
    if (now === undefined) return [`loses the thresholds${where}`];
    return Array.from({length: Math.max(steps.length, now.length)}, (_, index) => [steps[index], now[index]] as const)
      .filter(([from, to]) => stepText(from) !== stepText(to))
      .map(([from, to]) => `threshold${where} ${stepText(from)} to ${stepText(to)}`);
  });

const changedPanel = (before: Panel, after: Panel, isExposed: IsExposed): readonly Danger[] => {
  const loss = lossOf(before.queries, after.queries, isExposed);
  const lostQueries = before.others.filter(query => !after.others.includes(query));
  const fresh = after.others.filter(query => !before.others.includes(query));
  const parts = differingPart(lostQueries.join(' '), fresh.join(' '));
  return [
    ...(loss === undefined ? [] : [loss]),
    ...(lostQueries.length === 0
      ? []
      : [`the query changes: ${parts.before.slice(0, 80)} becomes ${parts.after.slice(0, 80)}`]),
    ...changedThresholds(before, after),
    ...(before.unit === after.unit ? [] : [`unit ${before.unit || 'none'} becomes ${after.unit || 'none'}`]),
    ...after.hiding
      .filter(one => !before.hiding.includes(one))
      .map(one => `hides rows or columns: ${one.slice(0, 80)}`),
    ...before.links.filter(link => !after.links.includes(link)).map(link => `loses the link ${link}`),
  ].map(text => danger('shows less', `panel ${after.name}: ${text}`));
};

/** One line where all panels of a board change their data source, else one line per panel. */
const changedSources = (before: Board, after: Board): readonly Danger[] => {
  const changes = [...after.panels.values()].flatMap(panel => {
    const from = before.panels.get(panel.name)?.dataSource;
    return from === undefined || from === panel.dataSource ? [] : [{name: panel.name, from, to: panel.dataSource}];
  });
  const kinds = new Set(changes.map(({from, to}) => `reads ${to || 'the default data source'} instead of ${from}`));
  const [only] = kinds;
  if (only !== undefined && kinds.size === 1 && changes.length > 1)
    return [danger('shows less', `board ${after.title}: ${changes.length} panels: each ${only}`)];
  return changes.map(({name, from, to}) =>
    danger('shows less', `panel ${name}: reads ${to || 'the default data source'} instead of ${from}`),
  );
};

const changedBoard = (before: Board, after: Board, isExposed: IsExposed): readonly Danger[] => {
  const lost = (what: string, from: Iterable<string>, to: ReadonlySet<string>): readonly Danger[] =>
    [...from]
      .filter(name => !to.has(name))
      .map(name => danger('shows less', `board ${after.title}: loses the ${what} ${name}`));
  return [
    ...(before.uid === after.uid
      ? []
      : [
          danger('shows less', `board ${after.title}: uid ${before.uid} becomes ${after.uid}: links and bookmarks end`),
        ]),
    ...lost(
      'variable',
      [...before.variables.keys()].map(name => `$${name}`),
      new Set([...after.variables.keys()].map(name => `$${name}`)),
    ),
    ...lost('annotation', before.annotations, new Set(after.annotations)),
    ...changedSources(before, after),
    ...[...before.panels.values()].flatMap(panel => {
      const now = after.panels.get(panel.name);
      return now === undefined
        ? [danger('shows less', `panel ${panel.name} is removed or renamed`)]
        : changedPanel(panel, now, isExposed);
    }),
  ];
};

/**
 * The boards of two trees, as the texts of their JSON.
 *
 * @param isExposed whether the metric families have the label. @default every label counts as one that they have
 */
export const boardDangers = (
  before: readonly string[],
  after: readonly string[],
  isExposed: IsExposed = () => true,
): readonly Danger[] => {
  const boards = after.map(boardOf);
  return before.map(boardOf).flatMap(board => {
    const same = boards.find(({uid}) => uid === board.uid) ?? boards.find(({title}) => title === board.title);
    if (same === undefined) return [danger('shows less', `board ${board.title} (${board.uid}) is removed`)];
    return changedBoard(board, same, isExposed);
  });
};
