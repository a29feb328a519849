/**
 * Registers what Grafana's application registers at startup and its libraries rely on: the transformations and the
 * standard field properties.
 */
import {
  displayNameOverrideProcessor,
  type Field,
  type FieldConfigPropertyItem,
  FieldType,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
} from '@grafana/data';
import {initPluginTranslations} from '@grafana/i18n';

type Processor = FieldConfigPropertyItem['process'];

const nothing = () => null;
const numeric = (field: Field): boolean => field.type === FieldType.number;

/** A property of a field's configuration, without the editors that Grafana shows for it. */
export const property = (
  id: string,
  process: Processor,
  more: Partial<FieldConfigPropertyItem> = {},
): FieldConfigPropertyItem => ({
  id,
  path: id,
  name: id,
  process,
  shouldApply: () => true,
  editor: nothing,
  override: nothing,
  ...more,
});

/** `custom.*`, which each panel plugin declares in Grafana: here any key is let through. */
export const customProperty = (path: string): FieldConfigPropertyItem =>
  property(`custom.${path}`, identityOverrideProcessor, {path, isCustom: true});

export const standardProperties: readonly FieldConfigPropertyItem[] = [
  property('unit', identityOverrideProcessor, {shouldApply: numeric}),
  property('min', numberOverrideProcessor, {shouldApply: numeric}),
  property('max', numberOverrideProcessor, {shouldApply: numeric}),
  property('decimals', numberOverrideProcessor, {shouldApply: numeric}),
  property('fieldMinMax', identityOverrideProcessor, {shouldApply: numeric}),
  property('displayName', displayNameOverrideProcessor, {settings: {expandTemplateVars: true}}),
  property('noValue', stringOverrideProcessor),
  property('thresholds', thresholdsOverrideProcessor),
  ...['mappings', 'links', 'color', 'filterable', 'description'].map(id => property(id, identityOverrideProcessor)),
];

/** To be called once, before anything is drawn. */
export const fillRegistries = async (): Promise<void> => {
  await initPluginTranslations('preview', []);
  // The library exports some transformations under two names.
  const transformers = new Map(Object.values(standardTransformers).map(info => [info.id, info]));
  standardTransformersRegistry.setInit(() =>
    [...transformers.values()].map(info => ({
      id: info.id,
      name: info.name,
      ...(info.aliasIds && {aliasIds: info.aliasIds}),
      transformation: () => Promise.resolve(info),
      editor: nothing,
      imageDark: '',
      imageLight: '',
    })),
  );
  standardFieldConfigEditorRegistry.setInit(() => [...standardProperties]);
};

/** A transformation that the libraries don't know would be skipped silently. */
export const unknownTransformations = (ids: readonly string[]): string[] =>
  ids.filter(id => !standardTransformersRegistry.getIfExists(id));
