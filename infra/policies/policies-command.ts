/** `npm run policies`: writes the policies of the preview and deployment roles. */
import {writeFileSync} from 'node:fs';
import {createProgram, runProgram} from '@mcp-observability/tools/command-line';
import {rolePolicies} from './role-policies.ts';

const program = createProgram(
  'npm run policies --',
  'Writes the IAM policies of the preview and deployment roles to infra/policies.',
).action(() => {
  for (const [file, policy] of Object.entries(rolePolicies()))
    writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(policy, null, 2)}\n`);
});

await runProgram(program);
