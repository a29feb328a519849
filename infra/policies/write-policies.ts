/** Writes the IAM policies of the roles that preview and deploy. */
import {writeFileSync} from 'node:fs';
import {rolePolicies} from './role-policies.ts';

/** Writes each policy to infra/policies. Returns the names of the files. */
export const writePolicies = (): readonly string[] => {
  const policies = Object.entries(rolePolicies());
  for (const [file, policy] of policies)
    writeFileSync(new URL(file, import.meta.url), `${JSON.stringify(policy, null, 2)}\n`);
  return policies.map(([file]) => file);
};
