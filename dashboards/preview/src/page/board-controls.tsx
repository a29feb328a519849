/** The row under a board's toolbar: its variables, the switches of its annotations, its links. */
import type {TimeRange} from '@grafana/data';
import {InlineSwitch, LinkButton} from '@grafana/ui';
import {type Annotations, shownAnnotations} from './annotations.ts';
import type {BoardModel} from './board-model.ts';
import type {Values} from './interpolate.ts';
import {type BoardAddress, linksOf} from './links.ts';
import {changeState} from './page-state.ts';
import {VariablePicker} from './variable-picker.tsx';
import type {Choices, Variable} from './variables.ts';

const AnnotationSwitches = ({
  board,
  annotations,
  off,
  onTurn,
}: {
  readonly board: BoardModel;
  readonly annotations: Annotations;
  readonly off: ReadonlySet<string>;
  readonly onTurn: (name: string) => void;
}) =>
  shownAnnotations(board.annotations)
    .filter(({hide}) => !hide)
    .map(({name}) => (
      <div key={name} title={annotations.errors[name]}>
        <InlineSwitch
          id={`annotation-${name}`}
          label={name}
          showLabel
          value={!off.has(name)}
          invalid={name in annotations.errors}
          onChange={() => onTurn(name)}
        />
      </div>
    ));

export const BoardControls = ({
  board,
  boards,
  variables,
  choices,
  range,
  values,
  ...annotations
}: {
  readonly board: BoardModel;
  /** All variables, for links. */
  readonly boards: readonly BoardAddress[];
  readonly variables: readonly Variable[];
  readonly choices: Choices;
  readonly range: TimeRange;
  readonly values: Values;
  readonly annotations: Annotations;
  /** Names of the annotations that are turned off. */
  readonly off: ReadonlySet<string>;
  readonly onTurn: (name: string) => void;
}) => (
  <div className="controls">
    {variables.map(variable => (
      <VariablePicker
        key={variable.model.name}
        variable={variable}
        chosen={choices[variable.model.name]}
        onChange={picked => changeState({choices: {...choices, [variable.model.name]: picked}})}
      />
    ))}
    <AnnotationSwitches board={board} {...annotations} />
    <div className="links">
      {linksOf(board, {boards, range, values}).map(({title, url, inside}) => (
        <LinkButton
          key={url}
          variant="secondary"
          size="sm"
          icon={inside ? 'apps' : 'external-link-alt'}
          href={url}
          {...(!inside && {target: '_blank'})}
        >
          {title}
        </LinkButton>
      ))}
    </div>
  </div>
);

/** The parts of the board that are not drawn, listed above the panels. */
export const Gaps = ({gaps}: {readonly gaps: readonly string[]}) =>
  gaps.length === 0 ? null : (
    <details className="gaps" open data-gaps={gaps.length}>
      <summary>Not drawn on this board</summary>
      <ul>
        {gaps.map(gap => (
          <li key={gap}>{gap}</li>
        ))}
      </ul>
    </details>
  );
