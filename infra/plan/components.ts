/** A plan's resources, grouped by the part of the program (a line of index.ts) that creates them. */
import type {Resource} from './engine.ts';
import type {Plan} from './plan.ts';

export type Part = {readonly name: string; readonly resources: readonly Resource[]};

/** Omits the components themselves: they do not exist in AWS. */
export const components = ({resources}: Plan): readonly Part[] => {
  const byUrn = new Map(resources.map(resource => [resource.urn, resource]));
  const partOf = (resource: Resource): string => {
    const parent = byUrn.get(resource.parent);
    return parent ? partOf(parent) : resource.type.startsWith('pulumi:providers:') ? 'providers' : resource.name;
  };
  const byPart = new Map<string, Resource[]>();
  for (const resource of resources)
    if (resource.kind !== 'component')
      byPart.set(partOf(resource), [...(byPart.get(partOf(resource)) ?? []), resource]);
  return [...byPart].map(([name, members]) => ({name, resources: members})).sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** `aws:ecs/service:Service` → `ecs.Service`, `awsx:ec2:Vpc` → `awsx.ec2.Vpc`. */
export const shortType = (type: string): string => {
  const [provider = '', module = '', name = ''] = type.split(':');
  const service = module.split('/')[0] ?? '';
  return [provider === 'aws' ? '' : provider, service === 'index' ? '' : service, name].filter(Boolean).join('.');
};
