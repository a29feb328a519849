/** A stand-in for Alertmanager's inhibition: https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule */
import {parse} from 'yaml';

export type Labels = Readonly<Record<string, string>>;

export type InhibitRule = {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
};

/** Matches as Alertmanager does: regular expressions are anchored, an absent label is an empty string. */
export const matches = (matchers: readonly string[], labels: Labels): boolean =>
  matchers.every(matcher => {
    const [, label = '', operator, value = ''] = /^(\w+)(=~|=)"(.*)"$/.exec(matcher) ?? [];
    const found = labels[label] ?? '';
    return operator === '=' ? found === value : new RegExp(`^(?:${value})$`).test(found);
  });

/** The firing alerts that no other firing alert inhibits. */
export const uninhibitedAlerts = (rules: readonly InhibitRule[], firing: readonly Labels[]): readonly Labels[] =>
  firing.filter(
    target =>
      !rules.some(
        ({source_matchers, target_matchers, equal = []}) =>
          matches(target_matchers, target) &&
          firing.some(
            source =>
              source !== target &&
              matches(source_matchers, source) &&
              equal.every(label => (source[label] ?? '') === (target[label] ?? '')),
          ),
      ),
  );

/** The inhibition rules of an alert manager definition for AMP: an Alertmanager configuration as a string under one key. */
export const inhibitRulesOf = (definition: string): readonly InhibitRule[] => {
  const {alertmanager_config: text} = parse(definition) as {readonly alertmanager_config: string}; // YAML has no types
  return (parse(text) as {readonly inhibit_rules: readonly InhibitRule[]}).inhibit_rules;
};
