/**
 * The whole program run in this process, as often as wanted: a separate process needs seconds of processor time to load
 * Pulumi's libraries. A test compares the result with that of Pulumi's own runner.
 */
import {createRequire} from 'node:module';
import {setAllConfig} from '@pulumi/pulumi/runtime/config.js';
import {disconnect, resetOptions} from '@pulumi/pulumi/runtime/settings.js';
import {runInPulumiStack} from '@pulumi/pulumi/runtime/stack.js';
import {Engine} from '../../plan/engine.ts';
import type {Plan, Planning} from '../../plan/plan.ts';

/** Gives a run its own state, as Pulumi's automation API does for inline programs; missing in the library's types. */
const {withLocalStorage}: {withLocalStorage: <T>(run: () => Promise<T>) => Promise<T>} = createRequire(import.meta.url)(
  '@pulumi/pulumi/runtime/state.js',
);

let runs = 0;

/** A module is evaluated once for each address; the others of the program keep no state. */
const index = async (): Promise<object> => {
  runs += 1;
  const address = new URL(`../../src/index.ts?run=${runs}`, import.meta.url);
  return {...(await import(address.href))};
};

/**
 * @param planning.preview whether the program runs as a preview; @default false, as in a plan
 * @param program runs and returns the outputs; @default the whole program
 */
export const planHere = async (
  {project, stack, config, create, respond, preview = false}: Omit<Planning, 'signal'> & {readonly preview?: boolean},
  program: () => Promise<object> = index,
): Promise<Plan> => {
  const engine = new Engine({project: project.name, stack, create, respond});
  const address = await engine.start();
  try {
    await withLocalStorage(async () => {
      resetOptions(project.name, stack, 16, address, address, preview, 'organization');
      setAllConfig({...config}, []);
      await runInPulumiStack(program);
      await disconnect();
    });
    const {resources, outputs, errors} = engine.registered;
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return {stack, resources, outputs};
  } finally {
    engine.stop();
  }
};
