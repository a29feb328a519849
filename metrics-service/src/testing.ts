/** Exports for programs that count events as the service does: simulated history, tests and benchmarks. */
export {defaultBoundaries} from './catalogue.ts';
export {createEmitterAccounts} from './emitter-accounts.ts';
export {defaultTimeouts} from './http/timeouts.ts';
export {createInstruments, type Instruments} from './instruments.ts';
export {createLabelLimiter} from './label-limiter.ts';
export {createObserver} from './observe.ts';
export {type CountExport, createExportCounter} from './otlp/export-counter.ts';
export {createService} from './service.ts';
export {readSettings} from './settings.ts';
