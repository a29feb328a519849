/** `npm run smoke`: checks that events arrive, sent from here or, with `aws`, from inside the network of a stack. */
import {addSubprogram, createProgram, runProgram} from '@mcp-observability/tools/command-line';

const program = createProgram(
  'npm run smoke --',
  `Sends one event of each type to a metrics-service and waits until all have arrived.

npm run smoke -- service --help and npm run smoke -- aws --help list the options.`,
);

addSubprogram(program, {
  name: 'service',
  description: 'a service whose address is known; "service" may be omitted',
  load: () => import('./smoke-service-command.ts'),
  isDefault: true,
});
addSubprogram(program, {
  name: 'aws',
  description: 'a deployed stack, by a task inside its network',
  load: () => import('./smoke-aws-command.ts'),
});

await runProgram(program);
