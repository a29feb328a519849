/** The targets of a board's links, and their parameters. */
import {type TimeRange, textUtil} from '@grafana/data';
import {routes} from '../routes.ts';
import type {BoardModel} from './board-model.ts';
import {type BuiltIns, interpolator, type Values} from './interpolate.ts';

export type BoardAddress = {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
};

/** `inside`: to another board of this preview. */
export type Link = {readonly title: string; readonly url: string; readonly inside: boolean};

/** The range as written in an address: `now-1h` stays relative. */
export const timeParameters = ({raw}: TimeRange): string => {
  const text = (moment: TimeRange['raw']['from']): string =>
    typeof moment === 'string' ? moment : String(moment.valueOf());
  return new URLSearchParams({from: text(raw.from), to: text(raw.to)}).toString();
};

/** Every variable of the board, as written in an address. */
const allVariables = (values: Values): string =>
  Object.entries(values)
    .filter(([, value]) => !value.global)
    .map(([name]) => interpolator(values)(`\${${name}:queryparam}`))
    .join('&');

/** The state that a link may include. */
export const addressValues = (range: TimeRange, values: Values): BuiltIns => ({
  __url_time_range: timeParameters(range),
  __all_variables: allVariables(values),
});

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The properties of a board that links and the list need; a board that can't be read is listed too. */
export const addressesOf = (boards: Readonly<Record<string, unknown>>): readonly BoardAddress[] =>
  Object.entries(boards).map(([uid, board]) => {
    const {title, description, tags} = Object(board); // what isn't an object has none of them
    return {uid, title: String(title ?? uid), description: String(description ?? ''), tags: list(tags).map(String)};
  });

/** Grafana's `dashboards` links expand to every other board with one of their tags. */
export const linksOf = (
  board: BoardModel,
  {
    boards,
    range,
    values,
  }: {readonly boards: readonly BoardAddress[]; readonly range: TimeRange; readonly values: Values},
): readonly Link[] => {
  const replace = interpolator(values, addressValues(range, values));
  return board.links.flatMap(({type, title, url, tags = [], keepTime, includeVars}): Link[] => {
    const parameters = [
      ...(keepTime ? [timeParameters(range)] : []),
      ...(includeVars ? [allVariables(values)] : []),
    ].join('&');
    const along = parameters && `?${parameters}`;
    if (type === 'dashboards') {
      return boards
        .filter(other => other.uid !== board.uid && other.tags.some(tag => tags.includes(tag)))
        .map(({uid, title}) => ({title, url: `${routes.board}${encodeURIComponent(uid)}${along}`, inside: true}));
    }
    return url ? [{title: title || 'Link', url: textUtil.sanitizeUrl(replace(url)), inside: false}] : [];
  });
};
