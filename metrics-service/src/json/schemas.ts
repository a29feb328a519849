/** The bodies of the API as JSON Schema 2020-12, from the contract's vocabularies and bounds; openapi.ts puts them together. */
import {bounds, type EventType, eventTypes, flowSteps, valueBounds} from '../contract.ts';

type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};
export type JsonObject = {readonly [key: string]: Json};

export const ref = (kind: 'schemas' | 'headers', name: string): JsonObject => ({$ref: `#/components/${kind}/${name}`});

/** Lengths count code points here as there. */
const text = ({max, pattern}: {readonly max: number; readonly pattern?: RegExp}): JsonObject => ({
  type: 'string',
  maxLength: max,
  ...(pattern !== undefined && {minLength: 1, pattern: pattern.source}),
});
const orNull = ({type, ...rules}: JsonObject): JsonObject => ({type: [type as string, 'null'], ...rules}); // each has one type
const range = ({min, max}: {readonly min: number; readonly max: number}): JsonObject => ({
  type: 'number',
  minimum: min,
  maximum: max,
});

/** All properties are required unless specified otherwise. */
export const object = (properties: JsonObject, required: readonly string[] = Object.keys(properties)): JsonObject => ({
  type: 'object',
  properties,
  required,
});

export const anyInteger: JsonObject = {type: 'integer', minimum: 0};

const dimensions: JsonObject = {
  type: ['object', 'null'],
  maxProperties: bounds.dimensions.max,
  propertyNames: {pattern: bounds.dimensions.keyPattern.source, maxLength: bounds.dimensions.keyMax},
  additionalProperties: true,
  description: `String, number, boolean or null. A string is cut after ${bounds.dimensions.textMax} characters; any other value counts as "_invalid". A protocol_latency has flow_step: ${flowSteps.join(', ')}.`,
};

const metadata: JsonObject = {
  type: ['object', 'null'],
  maxProperties: bounds.metadata.max,
  propertyNames: {maxLength: bounds.metadata.keyMax},
  additionalProperties: {
    anyOf: [
      {type: 'string', maxLength: bounds.metadata.textMax},
      {type: ['number', 'boolean', 'null']},
      {
        type: ['object', 'array'],
        description: `At most ${bounds.metadata.textMax} characters as JSON, nested at most ${bounds.metadata.depthMax} deep.`,
      },
    ],
  },
};

const metric = (types: readonly EventType[], value: {readonly min: number; readonly max: number}): JsonObject =>
  object(
    {
      type: {enum: types},
      value: range(value),
      duration_ms: {
        description: `Milliseconds from ${bounds.durationMs.min} to ${bounds.durationMs.max}, or null; anything else is dropped, and the event counted without a duration.`,
      },
      timestamp: {
        anyOf: [{type: 'string', format: 'iso8601'}, {type: 'number'}, {}],
        description: `ISO 8601 text, with or without a zone (then UTC), or Unix seconds, at most ${bounds.clockSkewMs / 60_000} minutes ahead; anything else is dropped, and the event counted when it arrives.`,
        examples: ['2026-01-31T12:00:00.123456', '2026-01-31T12:00:00Z', 1_769_860_800],
      },
      dimensions: ref('schemas', 'Dimensions'),
      metadata: ref('schemas', 'Metadata'),
    },
    ['type', 'value'],
  );

/** A form for each range of `value`. */
const metricForms = (): readonly JsonObject[] =>
  [...new Set(Object.values(valueBounds))].map(value =>
    metric(
      eventTypes.filter(type => valueBounds[type] === value),
      value,
    ),
  );

/** The schemas by the name that `ref` accepts. */
export const schemas = ({maxBatch}: {readonly maxBatch: number}): JsonObject => ({
  Batch: object(
    {
      service: {...text(bounds.service), description: 'The reporter; the label `service`.'},
      version: orNull(text(bounds.version)),
      instance_id: orNull(text(bounds.instanceId)),
      metrics: {type: 'array', minItems: 1, maxItems: maxBatch, items: ref('schemas', 'Metric')},
    },
    ['service', 'metrics'],
  ),
  Metric: {oneOf: metricForms()},
  Dimensions: dimensions,
  Metadata: metadata,
  Error: object({detail: {type: 'string'}, status_code: {type: 'integer'}, request_id: {type: 'string'}}),
  ExportMetricsServiceRequest: object(
    {
      resourceMetrics: {
        type: ['array', 'null'],
        items: {type: 'object'},
        description: 'See https://opentelemetry.io/docs/specs/otlp/ for the JSON mapping.',
      },
    },
    [],
  ),
  Status: object({code: {type: 'integer'}, message: {type: 'string'}}),
  BatchError: {
    allOf: [
      ref('schemas', 'Error'),
      object({
        status: {const: 'error'},
        accepted: {const: 0},
        rejected: anyInteger,
        errors: {type: 'array', items: {type: 'string'}, minItems: 1},
      }),
    ],
  },
});
