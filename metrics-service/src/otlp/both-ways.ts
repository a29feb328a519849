/**
 * Which emitters report the same events as JSON and as OTLP, so that they are counted twice: a gateway with
 * METRICS_LEGACY_HTTP_POST=true counts each event it POSTs in the instrument `emissionPath`, and exports that too.
 */

/** Milliseconds after the last sign of it until an emitter is considered to have stopped. */
const staysMs = 300_000;

/** Notes that an emitter reports both ways. */
export type NoteBothWays = (emitter: string) => void;

/** `onChange` is called when an emitter begins to, and when it has stopped. */
export const createBothWays = (onChange: (emitter: string, bothWays: boolean) => void): NoteBothWays => {
  const timers = new Map<string, NodeJS.Timeout>();
  return emitter => {
    const timer = timers.get(emitter);
    if (timer !== undefined) {
      timer.refresh();
      return;
    }
    onChange(emitter, true);
    const end = (): void => {
      timers.delete(emitter);
      onChange(emitter, false);
    };
    timers.set(emitter, setTimeout(end, staysMs).unref());
  };
};
