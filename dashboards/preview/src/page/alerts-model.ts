/**
 * The content of the alerts drawer, from Prometheus's rules: one entry for each active alert, then the inactive rules.
 */

export type AlertState = 'firing' | 'pending' | 'inactive';
type Texts = Readonly<Record<string, string>>;

type ActiveAlert = {
  readonly labels: Texts;
  /** With their templates filled in. */
  readonly annotations: Texts;
  readonly state: AlertState;
  readonly activeAt?: string;
  readonly value?: string;
};
export type Rule = {
  readonly type: string;
  readonly name: string;
  readonly query?: string;
  /** Seconds: the rule's `for`. */
  readonly duration?: number;
  readonly state?: AlertState;
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly alerts?: readonly ActiveAlert[];
};
export type Rules = {readonly groups: readonly {readonly name?: string; readonly rules: readonly Rule[]}[]};

export type AlertEntry = {
  readonly key: string;
  readonly state: AlertState;
  readonly name: string;
  readonly severity: string;
  /** The labels that distinguish alerts of one name. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly summary: string;
  readonly runbook: string;
  /** When it became active, as Prometheus writes it. */
  readonly since: string;
};

const order: readonly AlertState[] = ['firing', 'pending', 'inactive'];
const isTemplate = (text: string): boolean => text.includes('{{');

const ownLabels = (labels: Texts): (readonly [string, string])[] =>
  Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity');

/** The summary of an inactive rule is an unfilled template, so its labels and `for` are shown instead. */
const quietEntry = ({name, query, duration = 0, labels = {}, annotations = {}}: Rule): AlertEntry => {
  const {summary = '', runbook_url: runbook = ''} = annotations;
  return {
    key: `${name}${JSON.stringify(labels)}${query}`,
    state: 'inactive',
    name,
    severity: labels['severity'] ?? '',
    labels: [...ownLabels(labels), ...(duration > 0 ? [['for', `${duration}s`] as const] : [])],
    summary: isTemplate(summary) ? '' : summary,
    runbook: isTemplate(runbook) ? '' : runbook,
    since: '',
  };
};

const activeEntry = ({name}: Rule, {labels, annotations, state, activeAt = ''}: ActiveAlert): AlertEntry => ({
  key: `${name}${JSON.stringify(labels)}`,
  state,
  name,
  severity: labels['severity'] ?? '',
  labels: ownLabels(labels),
  summary: annotations['summary'] ?? annotations['description'] ?? '',
  runbook: annotations['runbook_url'] ?? '',
  since: activeAt,
});

/** Firing alerts first, then pending ones, then inactive rules. */
export const alertEntries = ({groups}: Rules): AlertEntry[] =>
  groups
    .flatMap(({rules}) => rules)
    .filter(({type}) => type === 'alerting')
    .flatMap(rule => {
      const alerts = rule.alerts ?? [];
      return alerts.length > 0 ? alerts.map(alert => activeEntry(rule, alert)) : [quietEntry(rule)];
    })
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
