/** A panel's field configuration, completed as the panel kinds expect it, and applied to what its queries returned. */
import {
  applyFieldOverrides,
  type DataFrame,
  type DataLinkPostProcessor,
  FieldConfigOptionsRegistry,
  type FieldConfigSource,
  FieldType,
  type GrafanaTheme2,
  getFieldDisplayName,
  type InterpolateFunction,
  type ThresholdsConfig,
  textUtil,
} from '@grafana/data';
import type {PanelModel} from './board-model.ts';
import {customProperty, standardProperties} from './registries.ts';

const shown = {tooltip: false, viz: false, legend: false};

/** Grafana fills these in when a panel is loaded; generated boards leave them out. */
const customDefaults: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  timeseries: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 0,
    gradientMode: 'none',
    spanNulls: false,
    insertNulls: false,
    showPoints: 'auto',
    pointSize: 5,
    stacking: {mode: 'none', group: 'A'},
    axisPlacement: 'auto',
    axisColorMode: 'text',
    axisBorderShow: false,
    axisCenteredZero: false,
    scaleDistribution: {type: 'linear'},
    thresholdsStyle: {mode: 'off'},
    hideFrom: shown,
  },
  barchart: {lineWidth: 1, fillOpacity: 80, gradientMode: 'none', axisPlacement: 'auto', hideFrom: shown},
  table: {align: 'auto', cellOptions: {type: 'auto'}, inspect: false},
};

/** Kinds that colour by series; the others colour by threshold. */
const colouredBySeries = new Set(['timeseries', 'barchart', 'piechart']);

/** JSON has no -Infinity: the base step's value is null or missing. */
const withBase = (thresholds: ThresholdsConfig | undefined): ThresholdsConfig | undefined => {
  const [base, ...rest] = thresholds?.steps ?? [];
  return thresholds && base
    ? {...thresholds, steps: [{...base, value: Number.NEGATIVE_INFINITY}, ...rest]}
    : thresholds;
};

// Grafana's type uses an enum for the mode, which this string can't be; the value is the same.
const defaultThresholds = {
  mode: 'absolute',
  steps: [
    {color: 'green', value: Number.NEGATIVE_INFINITY},
    {color: 'red', value: 80},
  ],
} as ThresholdsConfig;

export const fieldConfigOf = (panel: PanelModel): FieldConfigSource => {
  const {defaults = {}, overrides = []} = structuredClone(panel.fieldConfig) ?? {};
  return {
    defaults: {
      ...defaults,
      custom: {...customDefaults[panel.type], ...defaults.custom},
      color: defaults.color ?? {mode: colouredBySeries.has(panel.type) ? 'palette-classic' : 'thresholds'},
      thresholds: withBase(defaults.thresholds) ?? defaultThresholds,
    },
    overrides: overrides.map(({matcher, properties}) => ({
      matcher,
      properties: properties.map(item => (item.id === 'thresholds' ? {...item, value: withBase(item.value)} : item)),
    })),
  };
};

const registryFor = ({defaults, overrides}: FieldConfigSource): FieldConfigOptionsRegistry => {
  const overridden = overrides.flatMap(({properties}) => properties.map(({id}) => id));
  const keys = [
    ...Object.keys(defaults.custom ?? {}),
    ...overridden.flatMap(id => (id.startsWith('custom.') ? [id.slice('custom.'.length)] : [])),
  ];
  return new FieldConfigOptionsRegistry(() => [...standardProperties, ...[...new Set(keys)].map(customProperty)]);
};

/** The link leads to its URL or to a page of this server; anything else goes through the sanitizer. */
const plainAddress = /^(?:https?:\/\/|\/(?![/\\]))/i;

/** The library decodes the URL it has built: an `&` in a value would start another parameter. */
const encodedLink: DataLinkPostProcessor = ({link, linkModel, dataLinkScopedVars, replaceVariables}) => {
  const href = replaceVariables((link.url ?? '').replaceAll('\n', ''), dataLinkScopedVars, 'percentencode');
  return linkModel && {...linkModel, href: plainAddress.test(href) ? href : textUtil.sanitizeUrl(href)};
};

export const applyFieldConfig = (
  frames: DataFrame[],
  {
    fieldConfig,
    ...context
  }: {
    readonly fieldConfig: FieldConfigSource;
    readonly replaceVariables: InterpolateFunction;
    readonly theme: GrafanaTheme2;
    readonly timeZone: string;
  },
): DataFrame[] => {
  const applied = applyFieldOverrides({
    data: frames,
    fieldConfig,
    fieldConfigRegistry: registryFor(fieldConfig),
    dataLinkPostProcessor: encodedLink,
    ...context,
  });
  for (const frame of applied) {
    for (const field of frame.fields) {
      // An axis label on the time field would label the time axis.
      if (field.type === FieldType.time && field.config.custom) {
        field.config = {...field.config, custom: {...field.config.custom, axisLabel: undefined}};
      }
      getFieldDisplayName(field, frame, applied); // tables and legends read the name this stores
    }
  }
  return applied;
};
