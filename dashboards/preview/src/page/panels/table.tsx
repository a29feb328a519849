import {TableNG} from '@grafana/ui/unstable';
import type {ComponentProps} from 'react';
import {NoData} from './no-data.tsx';
import {type Drawing, optionsOf} from './panel-renderer.ts';

type Table = ComponentProps<typeof TableNG>;

const defaults = {
  frameIndex: 0,
  showHeader: true,
  cellHeight: 'sm' as NonNullable<Table['cellHeight']>, // an enum of strings, as in JSON
  sortBy: [] as NonNullable<Table['sortBy']>,
  enablePagination: false,
};

export const TablePanel = (drawing: Drawing) => {
  const {panel, frames, width, height, range, fieldConfig} = drawing;
  const options = optionsOf(panel, defaults);
  const frame = frames[options.frameIndex] ?? frames[0];
  if (!frame || frame.fields.length === 0 || frame.length === 0) return <NoData {...drawing} />;
  return (
    <TableNG
      ariaLabel={panel.title}
      data={frame}
      width={width}
      height={height}
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
};
