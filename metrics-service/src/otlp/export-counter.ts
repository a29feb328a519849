/** Counts an export's points in the metrics of the catalogue, and reports how many were accepted and rejected. */

import type {BoundedLabel} from '../catalogue.ts';
import type {RejectionReason} from '../contract.ts';
import type {Families} from '../instruments.ts';
import type {LabelLimiter} from '../label-limiter.ts';
import type {SeriesClock} from '../series-clock.ts';
import {createExportTally, type ExportTally, reject} from './export-tally.ts';
import {InstrumentPlan} from './instrument-plan.ts';
import {KeptLabelStore} from './kept-labels.ts';
import {canonicalName, emissionPath, type MappedInstrument, mappedInstruments} from './mapping.ts';
import {PlannedSink} from './planned-sink.ts';
import type {ExportSink, MetricHeader, PointSink} from './points.ts';

export interface ExportCounterOptions {
  readonly families: Families;
  readonly limiter: Pick<LabelLimiter, 'allow' | 'trust' | 'takeChanges'>;
  /**
   * The clock of the series' expiry. Cached label values are looked up again in each of its periods, because the limiter
   * may have released them.
   *
   * @default a stopped clock: no value is released
   */
  readonly clock?: Pick<SeriesClock, 'period'>;
}

/** Names of an export that are remembered, so that each is counted once. */
const maxNames = 1000;

const delta = 1;
export const temporalityVariable = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';

const counterUnits = /^(?:1|\{.*\})?$/;

const temporalities = ['unspecified', 'delta', 'cumulative'];

/** Returns why a metric's data cannot be counted in the family that its name is mapped to; undefined if it can. */
const problemOf = (
  {name, unit, kind, temporality, monotonic}: MetricHeader,
  plan: InstrumentPlan,
): {readonly reason: RejectionReason; readonly message: string} | undefined => {
  const {instrument} = plan;
  const fits =
    instrument.kind === 'counter' ? kind === 'sum' : kind === 'histogram' || kind === 'exponential histogram';
  if (!fits || (kind === 'sum' && !monotonic)) {
    const found =
      kind === 'sum' ? `a ${monotonic ? '' : 'non-monotonic '}sum` : `${/^e/.test(kind) ? 'an' : 'a'} ${kind}`;
    const expected = instrument.kind === 'counter' ? 'a monotonic sum' : 'a histogram';
    return {reason: 'type', message: `${name}: expected ${expected}, found ${found}`};
  }
  if (temporality !== delta) {
    const found = temporalities[temporality] ?? String(temporality);
    return {
      reason: 'temporality',
      message: `${name}: expected delta temporality, found ${found}; set ${temporalityVariable}=delta`,
    };
  }
  if (instrument.kind === 'counter')
    return counterUnits.test(unit)
      ? undefined
      : {reason: 'field', message: `${name}.unit: expected 1, found ${JSON.stringify(unit)}`};
  return plan.divisorOf(unit === '' ? instrument.unit : unit) === undefined
    ? {reason: 'field', message: `${name}.unit: expected s, ms, us or ns, found ${JSON.stringify(unit)}`}
    : undefined;
};

/** Notices the points of `emissionPath`; they are counted nowhere. */
const pathSink = (tally: ExportTally): PointSink => ({
  kept: {find: () => undefined, keep: () => {}},
  resolve: attributes => ({
    labels: {
      targets: attributes.get(emissionPath.attribute) === emissionPath.json ? [[emissionPath.json]] : [],
      changes: undefined,
    },
    keep: false,
  }),
  number({targets}, value) {
    if (targets.length > 0 && value > 0) tally.reportsJson = true;
  },
  histogram: () => {},
  exponential: () => {},
  tooLong: () => {},
});

/** The instruments of one emitter. */
class EmitterPlans {
  readonly #create: (instrument: MappedInstrument) => InstrumentPlan;
  readonly #plans = new Map<string, InstrumentPlan>();

  constructor(create: (instrument: MappedInstrument) => InstrumentPlan) {
    this.#create = create;
  }

  planOf(name: string): InstrumentPlan | undefined {
    const existing = this.#plans.get(name);
    if (existing !== undefined) return existing;
    const instrument = byName.get(canonicalName(name));
    if (instrument === undefined) return undefined;
    // Both spellings of a name share what was learned, and few names lead here: the map stays small.
    const canonical = canonicalName(instrument.name);
    const plan = this.#plans.get(canonical) ?? this.#create(instrument);
    this.#plans.set(canonical, plan);
    this.#plans.set(name, plan);
    return plan;
  }
}

const byName: ReadonlyMap<string, MappedInstrument> = new Map(
  mappedInstruments.map(instrument => [canonicalName(instrument.name), instrument]),
);
const pathName = canonicalName(emissionPath.name);

/** Receives the metrics of one export. It is a class because functions would be created again for each export. */
class CountingSink implements ExportSink {
  readonly #plans: EmitterPlans;
  readonly #tally: ExportTally;

  constructor(plans: EmitterPlans, tally: ExportTally) {
    this.#plans = plans;
    this.#tally = tally;
  }

  metric(header: MetricHeader, points: number): PointSink | undefined {
    const plan = this.#plans.planOf(header.name);
    if (plan === undefined) {
      if (canonicalName(header.name) === pathName) return pathSink(this.#tally);
      if (points > 0) this.#remember(header.name);
      return undefined;
    }
    const problem = problemOf(header, plan);
    if (problem === undefined) return this.#sinkOf(plan, header);
    reject(this.#tally, problem.reason, points, () => problem.message);
    return undefined;
  }

  #sinkOf(plan: InstrumentPlan, {name, unit}: MetricHeader): PlannedSink {
    const {instrument} = plan;
    const declared = instrument.kind === 'histogram' && unit === '' ? instrument.unit : unit;
    return new PlannedSink(plan, {name, unit: declared, tally: this.#tally});
  }

  #remember(name: string): void {
    const tally = this.#tally;
    tally.unmapped ??= new Set();
    if (tally.unmapped.size < maxNames) tally.unmapped.add(name);
    else if (!tally.unmapped.has(name)) tally.unmappedMore += 1;
  }
}

export type CountExport = (emitter: string) => {readonly sink: ExportSink; readonly tally: ExportTally};

export const createExportCounter = ({families, limiter, clock = {period: 0}}: ExportCounterOptions): CountExport => {
  const byEmitter = new Map<string, EmitterPlans>();
  const keptLabels = new KeptLabelStore();
  const plansOf = (emitter: string): EmitterPlans => {
    const existing = byEmitter.get(emitter);
    if (existing !== undefined) return existing;
    // The operator wrote it: it uses none of the places for values from emitters.
    const service = limiter.trust('service', emitter);
    const kept = keptLabels.create();
    const plans = new EmitterPlans(
      instrument =>
        new InstrumentPlan({
          instrument,
          families,
          service,
          allow: label => limiter.allow(label as BoundedLabel), // the table's types admit only the catalogue's labels
          takeChanges: limiter.takeChanges,
          kept: kept.create(),
        }),
    );
    byEmitter.set(emitter, plans);
    return plans;
  };
  let {period} = clock;
  return emitter => {
    if (clock.period !== period) {
      period = clock.period;
      byEmitter.clear();
      keptLabels.clear();
    }
    const tally = createExportTally();
    return {tally, sink: new CountingSink(plansOf(emitter), tally)};
  };
};
