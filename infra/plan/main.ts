import {resolve} from 'node:path';
import {plan} from './plan.ts';
import {readProject, readStack} from './project.ts';

const project = readProject(resolve('.'));
const stack = process.argv[2] ?? 'dev';
const p = await plan({project, stack, config: readStack(project, stack)}).catch(e => {
  console.error(e.message);
  process.exit(1);
});
console.log(JSON.stringify(p, null, 2));
