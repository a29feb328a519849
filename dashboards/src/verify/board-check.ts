/** Checks a running Grafana once: its health, each board, and each panel's query. */
import {dashboards} from '../boards/all-boards.ts';
import {EndpointError, type VerifyOptions, verifyBoards} from './board-queries.ts';
import {toLines} from './check-result.ts';
import {QueryError} from './endpoint.ts';
import {type Grafana, GrafanaError} from './grafana-api.ts';

export type Inspection = {
  /** Lines for a terminal. */
  readonly lines: readonly string[];
  /** Whether Grafana is healthy, its boards are the same as those of this checkout, and every query has data. */
  readonly well: boolean;
};

const isExpected = (error: unknown): error is Error =>
  [EndpointError, QueryError, GrafanaError].some(kind => error instanceof kind);

/** Problems with Grafana are reported in the result, not thrown. */
export const inspect = async (
  grafana: Grafana,
  options: Pick<VerifyOptions, 'url' | 'window' | 'collector'>,
): Promise<Inspection> => {
  try {
    const version = await grafana.health();
    const boards = await Promise.all(
      dashboards.map(async board => ({uid: board.uid ?? '', differences: await grafana.differences(board)})),
    );
    const results = await verifyBoards({...options, endpoint: grafana.endpoint});
    return {
      lines: [
        `Grafana ${version}`,
        ...boards.flatMap(({uid, differences}) => [
          `${differences.length === 0 ? '✔' : '✘'} board ${uid}`,
          ...differences.map(one => `      ${one}`),
        ]),
        ...toLines(results),
      ],
      well:
        boards.every(({differences}) => differences.length === 0) && results.every(({outcome}) => outcome === 'data'),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return {lines: [error.message], well: false};
  }
};
