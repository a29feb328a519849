/**
 * Stands in for awsx: registers a component and the resources in it with the engine that requested them, and returns
 * its outputs, resources among them as references. The shapes are the plan's.
 */
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import monitorService from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import monitor from '@pulumi/pulumi/proto/resource_pb.js';
import {EngineError} from '../../plan/engine-error.ts';
import {
  isMap,
  isReference,
  type Json,
  plainProperties,
  reference,
  unknown,
  unknownValue,
} from '../../plan/engine-protocol.ts';
import {create} from '../../plan/fake-provider.ts';
import {protobuf, structOf} from '../../plan/protobuf.ts';
import type {Child} from '../../plan/provider-shape.ts';
import {standInId} from './stand-in-id.ts';

const packageFile = (name: string, path: string): string =>
  join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), path);

const versionOf = (name: string): string => {
  const {version}: {version: string} = JSON.parse(readFileSync(packageFile(name, 'package.json'), 'utf8'));
  return version;
};

/** Outputs that the SDK types as resources of another package: the provider can only return references for them. */
const resourceOutputs = (type: string): ReadonlySet<string> => {
  const [, module = '', name = ''] = type.split(':');
  const file = packageFile('@pulumi/awsx', join(module, `${name[0]?.toLowerCase()}${name.slice(1)}.d.ts`));
  const typed = readFileSync(file, 'utf8').matchAll(/readonly (\w+): pulumi\.Output<pulumiAws\./g);
  return new Set([...typed].map(([, output = '']) => output));
};

/** @throws Error where the plan's stand-in returns something else than awsx does */
export const checkOutputs = (type: string, outputs: Readonly<Record<string, Json>>): void => {
  const resources = resourceOutputs(type);
  for (const [name, value] of Object.entries(outputs))
    for (const item of Array.isArray(value) ? value : [value])
      if (resources.has(name) !== isReference(item))
        throw new EngineError(
          `${type}, output ${name}: expected ${resources.has(name) ? 'a reference to a resource' : 'no reference'}, as @pulumi/awsx types it, found ${JSON.stringify(item)}`,
        );
};

type Registering = {
  readonly client: monitorService.ResourceMonitorClient;
  readonly request: provider.ConstructRequest;
};

const registered = (
  client: monitorService.ResourceMonitorClient,
  request: monitor.RegisterResourceRequest,
): Promise<monitor.RegisterResourceResponse> =>
  new Promise((resolve, reject) => {
    client.registerResource(request, (error, reply) => (error ? reject(error) : resolve(reply)));
  });

const registerComponent = async ({client, request}: Registering): Promise<string> => {
  const component = new monitor.RegisterResourceRequest();
  component.setType(request.getType());
  component.setName(request.getName());
  component.setParent(request.getParent());
  component.setObject(request.getInputs());
  component.setAcceptsecrets(true);
  component.setAcceptresources(true);
  // Unset when the program doesn't set it: the engine then uses the parent's value.
  if (request.hasProtect()) component.setProtect(request.getProtect() ?? false);
  if (request.hasRetainondelete()) component.setRetainondelete(request.getRetainondelete() ?? false);
  component.setDependenciesList(request.getDependenciesList());
  for (const [name, provided] of request.getProvidersMap().entries()) component.getProvidersMap().set(name, provided);
  return (await registered(client, component)).getUrn();
};

/** @returns the id; empty while a preview doesn't know it */
const registerChild = async ({client, request}: Registering, child: Child, parent: string): Promise<string> => {
  const [, , types = '', name = ''] = child.urn.split('::');
  const type = types.split('$').at(-1) ?? '';
  const [packageName = ''] = type.split(':');
  const resource = new monitor.RegisterResourceRequest();
  resource.setType(type);
  resource.setName(name);
  resource.setParent(parent);
  resource.setCustom(true);
  resource.setObject(protobuf({...child.state, [standInId]: child.id}));
  resource.setAcceptsecrets(true);
  resource.setAcceptresources(true);
  resource.setSupportspartialvalues(true);
  resource.setVersion(versionOf(`@pulumi/${packageName}`));
  resource.setProvider(request.getProvidersMap().get(packageName) ?? '');
  const reply = await registered(client, resource);
  if (reply.getUrn() !== child.urn)
    throw new EngineError(`expected ${child.urn}, the engine registered ${reply.getUrn()}`);
  return reply.getId() === unknownValue ? '' : reply.getId();
};

/** The outputs with the ids that the engine knows; while one is missing, every other output is unknown too. */
const withIds = (value: Json, ids: ReadonlyMap<string, string>, known: boolean): Json => {
  if (isReference(value)) return reference(value.urn, ids.get(value.urn) ?? '');
  if (Array.isArray(value) && value.some(isReference)) return value.map(item => withIds(item, ids, known));
  return known ? value : unknownValue;
};

const hasUnknown = (value: Json): boolean =>
  value === unknown ||
  (Array.isArray(value) && value.some(hasUnknown)) ||
  (isMap(value) && Object.values(value).some(hasUnknown));

export const construct = async (
  request: provider.ConstructRequest,
  regions: ReadonlyMap<string, string>,
): Promise<provider.ConstructResponse> => {
  const client = new monitorService.ResourceMonitorClient(
    request.getMonitorendpoint(),
    grpc.credentials.createInsecure(),
    {'grpc.max_receive_message_length': -1},
  );
  try {
    const registering = {client, request};
    const urn = await registerComponent(registering);
    const inputs = plainProperties(structOf(request.getInputs()));
    const [type, name] = [request.getType(), request.getName()];
    // A provider by reference: `<URN>::<id>`.
    const aws = request.getProvidersMap().get('aws') ?? '';
    const region = regions.get(aws.slice(0, aws.lastIndexOf('::'))) ?? '';
    const {outputs, children = []} = create({urn, type, name, region, inputs});
    checkOutputs(type, outputs);
    // awsx registers what depends on its inputs once they are known.
    const inputsKnown = !hasUnknown(inputs);
    const ids = new Map<string, string>();
    for (const child of inputsKnown ? children : []) ids.set(child.urn, await registerChild(registering, child, urn));
    const known = inputsKnown && [...ids.values()].every(id => id !== '');
    const state = protobuf(
      Object.fromEntries(Object.entries(outputs).map(([key, value]) => [key, withIds(value, ids, known)])),
    );
    const done = new monitor.RegisterResourceOutputsRequest();
    done.setUrn(urn);
    done.setOutputs(state);
    await new Promise<void>((resolve, reject) => {
      client.registerResourceOutputs(done, error => (error ? reject(error) : resolve()));
    });
    const reply = new provider.ConstructResponse();
    reply.setUrn(urn);
    reply.setState(state);
    return reply;
  } finally {
    client.close();
  }
};
