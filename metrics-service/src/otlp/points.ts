/** The types into which both encodings of an export are read, and the error for a body that is not an export. */
import type {Bounded, LabelChanges} from '../label-limiter.ts';
import {MetricsServiceError} from '../metrics-service-error.ts';

/**
 * The body is not an `ExportMetricsServiceRequest`. The message contains the position and the reason; it quotes nothing
 * secret.
 */
export class MalformedExportError extends MetricsServiceError {
  override readonly name = 'MalformedExportError';
  readonly code = 'ERR_MALFORMED_EXPORT';
}

/** The kinds of data a metric of an export may have. */
export type DataKind = 'sum' | 'gauge' | 'histogram' | 'exponential histogram' | 'summary';

/** The properties that all points of one metric share. */
export interface MetricHeader {
  readonly name: string;
  /** The declared unit; empty if none is declared. */
  readonly unit: string;
  readonly kind: DataKind;
  /** 1 is delta, 2 cumulative; 0 for kinds without temporality and for emitters that do not report it. */
  readonly temporality: number;
  readonly monotonic: boolean;
}

/** Attribute values by key; a value that is neither string, number nor boolean is an object. */
export type Attributes = ReadonlyMap<string, unknown>;

/** The label values of one attribute set: `targets` has those of each target of an instrument, in the order of its metric's labels. */
export interface ResolvedLabels {
  readonly targets: ReadonlyArray<ReadonlyArray<Bounded | string>>;
  /** How values were changed; undefined where none was. */
  readonly changes: LabelChanges | undefined;
}

/** A histogram's point. The reader fills the same object for every point: code that keeps a point copies it. */
export interface HistogramPoint {
  count: number;
  /** In the instrument's unit; undefined when the emitter left it out. */
  sum: number | undefined;
  /** Upper bounds in the instrument's unit, one fewer than counts. Only the first `boundCount` are the point's. */
  bounds: Float64Array;
  boundCount: number;
  counts: Float64Array;
  countCount: number;
}

/**
 * An exponential histogram's point: bucket `i` counts the values in (base^(offset+i), base^(offset+i+1)], base =
 * 2^(2^-scale).
 */
export interface ExponentialPoint {
  count: number;
  sum: number | undefined;
  scale: number;
  zeroCount: number;
  zeroThreshold: number;
  offset: number;
  counts: Float64Array;
  countCount: number;
  /** How many measurements were below 0: a duration has none. */
  negativeCount: number;
}

/** Bytes that a point may have in protobuf; a gateway's have a few hundred. Reading one is not interrupted. */
export const maxPointBytes = 256 * 1024;

/** Bytes of a value, characters in JSON, that are read: more than the longest label needs. */
export const maxValueLength = 4096;
/** The same of a name or unit: no known one is longer. */
export const maxNameLength = 255;

/** Buckets that a point may have; SDKs make 16 explicit or 160 exponential ones. */
export const maxBuckets = 1024;

/**
 * Receives the points of one metric. `labels` comes from the same sink: a reader that has seen the bytes of an
 * attribute set before does not decode them again.
 */
export interface PointSink {
  /** The labels for decoded attributes, and whether they may be kept for the same attributes later. */
  resolve(attributes: Attributes): {readonly labels: ResolvedLabels; readonly keep: boolean};
  /** Labels that were kept, by the bytes they were decoded from. */
  readonly kept: KeptLabels;
  number(labels: ResolvedLabels, value: number): void;
  histogram(labels: ResolvedLabels, point: HistogramPoint): void;
  exponential(labels: ResolvedLabels, point: ExponentialPoint): void;
  /** A point that is not read, with its size in bytes. */
  tooLong(bytes: number): void;
}

/** Finds what was kept for the same bytes. */
export interface KeptLabels {
  find(bytes: Uint8Array, start: number, end: number): ResolvedLabels | undefined;
  keep(bytes: Uint8Array, start: number, end: number, labels: ResolvedLabels): void;
}

export interface ExportSink {
  /** Undefined for a metric whose points are not read one by one: `points` is their number. */
  metric(header: MetricHeader, points: number): PointSink | undefined;
}
