import type {PanelRendererProps} from './panel-renderer.ts';

/** Grafana's words where a query returned nothing, or the panel's own. */
export const NoData = ({fieldConfig}: Pick<PanelRendererProps, 'fieldConfig'>) => (
  <div className="panel-message" data-empty="true">
    {fieldConfig.defaults.noValue || 'No data'}
  </div>
);
