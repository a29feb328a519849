/**
 * Which emitters report the same events as JSON and as OTLP, so that they are counted twice: a gateway with
 * METRICS_LEGACY_HTTP_POST=true counts each event it POSTs in the instrument `emissionPath`, and exports that too.
 */

/** Milliseconds after its last report of both ways until an emitter is considered to have stopped. */
const expiryMs = 300_000;

/** Notes that an emitter reports both ways. */
export type NoteBothWays = (emitter: string) => void;

/** `onSeen` is called with true for each sign that an emitter does, and with false when it has stopped. */
export const createBothWays = (onSeen: (emitter: string, bothWays: boolean) => void): NoteBothWays => {
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
