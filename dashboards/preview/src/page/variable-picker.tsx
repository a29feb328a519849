import {Combobox, InlineLabel, Input, MultiCombobox} from '@grafana/ui';
import {all} from './interpolate.ts';
import {auto, isKnownVariable, type Variable} from './variables.ts';

const hideAll = 2;
const hideLabel = 1;

export const VariablePicker = ({
  variable: {model, options, value, error},
  chosen,
  onChange,
}: {
  readonly variable: Variable;
  /** The reader's selection, if any. */
  readonly chosen: readonly string[] | undefined;
  readonly onChange: (values: readonly string[]) => void;
}) => {
  if (model.hide === hideAll || ['constant', 'adhoc'].includes(model.type) || !isKnownVariable(model)) return null;
  const name = model.label || model.name;
  const id = `variable-${model.name}`;
  const whole = value.text === 'All' || chosen?.includes(all);
  const shown = whole ? [all] : value.followsRange ? [auto] : [value.value].flat();
  const listed = options.map(({value, text}) => ({value, label: text}));
  // A value from the URL or from the board's JSON is shown even if it is not in the list.
  const unlisted = shown.filter(one => one !== all && !options.some(option => option.value === one));
  const entries = [
    ...(model.includeAll ? [{value: all, label: 'All'}] : []),
    ...listed,
    ...unlisted.filter(Boolean).map(one => ({value: one, label: one})),
  ];
  const common = {id, 'aria-label': name, width: 'auto' as const, minWidth: 10, maxWidth: 40};
  return (
    <div className="variable" title={error ?? model.description}>
      {model.hide !== hideLabel && (
        <InlineLabel width="auto" htmlFor={id} transparent={false}>
          {name}
        </InlineLabel>
      )}
      {model.type === 'textbox' ? (
        <Input id={id} defaultValue={shown[0]} width={20} onBlur={event => onChange([event.currentTarget.value])} />
      ) : model.multi ? (
        <MultiCombobox
          {...common}
          options={entries}
          value={shown}
          invalid={Boolean(error)}
          onChange={picked => {
            const values = picked.map(({value}) => value);
            // Selecting a value deselects All, and selecting All deselects the values.
            const last = values.at(-1);
            onChange(last === all ? [all] : values.filter(value => value !== all));
          }}
        />
      ) : (
        <Combobox
          {...common}
          options={entries}
          value={shown[0] ?? null}
          invalid={Boolean(error)}
          onChange={({value}) => onChange([value])}
        />
      )}
    </div>
  );
};
