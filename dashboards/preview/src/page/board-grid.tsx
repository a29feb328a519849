/** The panels of a board in their places, or one of them over the whole page. */
import {Icon} from '@grafana/ui';
import {useEffect, useMemo, useRef, useState} from 'react';
import type {BoardModel} from './board-model.ts';
import {interpolator} from './interpolate.ts';
import {cell, gap, heightOf, inOneColumn, keepPlaces, layout, narrowBelow, type Placed} from './layout.ts';
import {Panel} from './panel.tsx';
import type {PanelContextOfBoard} from './panel-context.ts';

/** The element's width and its distance from the top of the page, in pixels, followed as they change. */
const useSize = () => {
  const ref = useRef<HTMLElement>(null);
  const [size, setSize] = useState({width: 0, top: 0});
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setSize({width: element.clientWidth, top: element.offsetTop});
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // The rows above wrap as their contents arrive, which moves the grid without resizing it.
    for (const above of element.parentElement?.children ?? []) observer.observe(above);
    measure();
    return () => observer.disconnect();
  }, []);
  return [ref, size] as const;
};

/** Panels by their result in a comparison. */
const marksOf = (text: string): ReadonlyMap<number, string> =>
  new Map(
    text.split(',').map(mark => {
      const [id, kind = ''] = mark.split(':');
      return [Number(id), kind];
    }),
  );

const collapsedRows = (board: BoardModel): ReadonlySet<number> =>
  new Set(board.panels.flatMap(({type, collapsed, id}) => (type === 'row' && collapsed ? [id] : [])));

const Row = ({
  placed: {panel, scoped},
  board,
  folded,
  onToggle,
}: {
  readonly placed: Placed;
  readonly board: PanelContextOfBoard;
  readonly folded: boolean;
  readonly onToggle: (id: number) => void;
}) => (
  <button type="button" className="board-row" aria-expanded={!folded} onClick={() => onToggle(panel.id)}>
    <Icon name={folded ? 'angle-right' : 'angle-down'} />
    {interpolator({...board.values, ...scoped})(panel.title, undefined, 'text')}
    {folded && <span className="count">({panel.panels.length} panels)</span>}
  </button>
);

/** Pixels under a panel that fills the page. */
const margin = 16;

export const BoardGrid = ({
  board,
  context,
  ready,
  unfold,
  marks: marksText,
  viewPanel,
}: {
  readonly board: BoardModel;
  readonly context: PanelContextOfBoard;
  /** Whether the variables are known; without them no panel can be queried. */
  readonly ready: boolean;
  readonly unfold: boolean;
  readonly marks: string;
  readonly viewPanel: string | undefined;
}) => {
  const [collapsed, setCollapsed] = useState(() => (unfold ? new Set<number>() : collapsedRows(board)));
  const toggle = (id: number): void =>
    setCollapsed(before => new Set(before.has(id) ? [...before].filter(other => other !== id) : [...before, id]));
  const [grid, {width, top}] = useSize();
  const narrow = width > 0 && width < narrowBelow;
  const before = useRef<readonly Placed[]>([]);
  const placed = useMemo(() => {
    const wide = layout(board.panels, {values: context.values, collapsed});
    before.current = keepPlaces(before.current, narrow ? inOneColumn(wide) : wide);
    return before.current;
  }, [board.panels, context.values, collapsed, narrow]);
  const marks = useMemo(() => marksOf(marksText), [marksText]);
  const viewed = viewPanel ? placed.find(({key}) => key === viewPanel) : undefined;
  const viewedHeight = Math.max(200, window.innerHeight - top - margin);
  const column = (width + gap) / 24;
  return (
    <main id="grid" ref={grid} className="grid" style={{height: viewed ? viewedHeight : heightOf(placed)}}>
      {width > 0 && ready && viewed && <Panel placed={viewed} width={width} height={viewedHeight} board={context} />}
      {width > 0 &&
        ready &&
        !viewed &&
        placed.map(item => {
          const {x, y, w, h} = item.place;
          const place = {
            left: x * column,
            top: y * (cell + gap),
            width: w * column - gap,
            height: h * (cell + gap) - gap,
          };
          const folded = collapsed.has(item.panel.id);
          return (
            <div key={item.key} className="place" style={place} data-mark={marks.get(item.panel.id)}>
              {item.panel.type === 'row' ? (
                <Row placed={item} board={context} folded={folded} onToggle={toggle} />
              ) : (
                <Panel placed={item} width={place.width} height={place.height} board={context} />
              )}
            </div>
          );
        })}
    </main>
  );
};
