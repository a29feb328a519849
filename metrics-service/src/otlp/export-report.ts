/** Counts and logs the result of an export, and warns if an emitter reports the same events twice. */
import type {Logger} from 'pino';
import {otlpPoint, reserved} from '../contract.ts';
import type {EmitterAccounts} from '../emitter-accounts.ts';
import type {Instruments} from '../instruments.ts';
import type {LabelChanges, LabelLimiter} from '../label-limiter.ts';
import type {OccasionalLog} from '../occasional-log.ts';
import type {RejectedRequest} from '../rejection-log.ts';
import type {ExportTally} from './export-tally.ts';

/** Milliseconds after its last report of both ways until an emitter is considered to have stopped. */
const expiryMs = 300_000;

/** Notes that an emitter reports both ways. */
type NoteBothWays = (emitter: string) => void;

/**
 * A gateway with METRICS_LEGACY_HTTP_POST=true counts each event that it POSTs in the instrument `emissionPath`, and exports
 * that too. `onSeen` is called with true for each sign that an emitter does, and with false when it
 * has stopped.
 */
const createBothWays = (onSeen: (emitter: string, bothWays: boolean) => void): NoteBothWays => {
  const timers = new Map<string, NodeJS.Timeout>();
  return emitter => {
    onSeen(emitter, true);
    const timer = timers.get(emitter);
    if (timer !== undefined) {
      timer.refresh();
      return;
    }
    const end = (): void => {
      timers.delete(emitter);
      onSeen(emitter, false);
    };
    timers.set(emitter, setTimeout(end, expiryMs).unref());
  };
};

export interface ExportReportOptions {
  readonly instruments: Instruments;
  readonly limiter: LabelLimiter;
  readonly accounts: Pick<EmitterAccounts, 'accept' | 'reject' | 'reportsBothWays'>;
  /** Called with how label values were changed, if any was. */
  readonly onNormalized: (changes: LabelChanges) => void;
  readonly occasionally: OccasionalLog;
  readonly log: Logger;
}

export type ReportExport = (emitter: string, tally: ExportTally, request: RejectedRequest) => void;

export const createExportReport = (options: ExportReportOptions): ReportExport => {
  const {instruments, limiter, accounts, onNormalized, occasionally, log} = options;
  const instrument = limiter.allow('instrument');
  const countUnmapped = instruments.unmappedPoints.bindLabels('instrument');
  const noteBothWays = createBothWays(accounts.reportsBothWays);
  return (emitter, {accepted, reasons, changes, unmapped, unmappedMore, reportsJson}, request) => {
    if (accepted > 0) accounts.accept(emitter, otlpPoint, accepted);
    for (const [reason, {points, example}] of reasons ?? [])
      accounts.reject(emitter, {reason, events: points, example}, request);
    for (const name of unmapped ?? []) countUnmapped([instrument(name)], 1);
    if (unmappedMore > 0) countUnmapped([limiter.trust('instrument', reserved.other)], unmappedMore);
    if (changes !== undefined) onNormalized(changes);
    const madeHere = limiter.takeChanges();
    if (madeHere.size > 0) onNormalized(madeHere);
    if (!reportsJson) return;
    noteBothWays(emitter);
    occasionally(`both ways ${emitter}`, () =>
      log.warn(
        {emitter},
        'an emitter reports the same events as JSON and as OTLP, and both are counted; set METRICS_LEGACY_HTTP_POST=false or remove its OTLP endpoint',
      ),
    );
  };
};
