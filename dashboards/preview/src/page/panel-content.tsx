/** The inside of a panel's frame: the drawing, or why there is none. */
import {ErrorBoundary} from '@grafana/ui';
import type {FC} from 'react';
import type {PanelRendererProps} from './panels/panel-renderer.ts';
import type {PanelData} from './query.ts';

/** Pixels. */
const noteHeight = 20;

const Failure = ({message}: {readonly message: string}) => (
  <div className="panel-message panel-error" role="alert">
    {message}
  </div>
);

export const PanelContent = ({
  Kind,
  data,
  error,
  notices,
  drawing,
}: {
  readonly Kind: FC<PanelRendererProps> | undefined;
  readonly data: PanelData | undefined;
  readonly error: string | undefined;
  /** Names of the parts that are not drawn. */
  readonly notices: readonly string[];
  readonly drawing: Omit<PanelRendererProps, 'range'>;
}) => {
  if (error) return <Failure message={error} />;
  if (!Kind) return <div className="panel-message">{notices.at(-1)}</div>;
  if (!data) return null;
  const note = notices.join('. ');
  const height = note ? drawing.height - noteHeight : drawing.height;
  const nothing = drawing.frames.every(({length}) => length === 0) && drawing.panel.type !== 'text';
  if (note && nothing) return <div className="panel-message">{note}</div>;
  return (
    <ErrorBoundary dependencies={[data]}>
      {({error: thrown}) =>
        thrown ? (
          <Failure message={thrown.message} />
        ) : (
          <>
            <div className="panel-drawing" style={{height}}>
              <Kind {...drawing} height={height} range={data.range} />
            </div>
            {note && (
              <p className="panel-note" title={note}>
                {note}
              </p>
            )}
          </>
        )
      }
    </ErrorBoundary>
  );
};
