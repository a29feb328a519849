import {Combobox} from '@grafana/ui';
import {TableNG} from '@grafana/ui/unstable';
import {type ComponentProps, useState} from 'react';
import {NoData} from './no-data.tsx';
import {optionsOf, type PanelRendererProps} from './panel-renderer.ts';

type Table = ComponentProps<typeof TableNG>;

const defaults = {
  frameIndex: 0,
  showHeader: true,
  cellHeight: 'sm' as NonNullable<Table['cellHeight']>, // an enum of strings, as in JSON
  sortBy: [] as NonNullable<Table['sortBy']>,
  enablePagination: false,
};

/** Pixels: under a table of several results Grafana puts a list of them. */
const pickerHeight = 40;

export const TablePanel = (drawing: PanelRendererProps) => {
  const {panel, frames, width, height, range, fieldConfig} = drawing;
  const options = optionsOf(panel, defaults);
  const [chosen, setChosen] = useState<number>();
  const frame = frames[chosen ?? options.frameIndex] ?? frames[0];
  if (!frame || frame.fields.length === 0 || frame.length === 0) return <NoData {...drawing} />;
  const several = frames.length > 1;
  const table = (
    <TableNG
      ariaLabel={panel.title}
      data={frame}
      width={width}
      height={several ? height - pickerHeight : height}
      noHeader={!options.showHeader}
      sortBy={options.sortBy}
      cellHeight={options.cellHeight}
      enablePagination={options.enablePagination}
      fieldConfig={fieldConfig}
      timeRange={range}
      enableVirtualization
      resizable={false}
      structureRev={1}
      transparent={panel.transparent ?? false}
    />
  );
  if (!several) return table;
  return (
    <>
      {table}
      <div className="frame-picker">
        <Combobox
          aria-label="Table"
          options={frames.map((one, index) => ({
            value: index,
            label: one.name || one.refId || `Series ${index + 1}`,
          }))}
          value={chosen ?? options.frameIndex}
          onChange={({value}) => setChosen(value)}
        />
      </div>
    </>
  );
};
