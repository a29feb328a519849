/**
 * Stands in for one provider plugin, as the engine talks to it: pulumi/pulumi, proto/pulumi/provider.proto. Ids and outputs
 * come from the shapes that the plan uses; what changes in place and what must be replaced, from provider-diff.ts.
 */
import * as grpc from '@grpc/grpc-js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import {EngineError} from '../../plan/engine-error.ts';
import {type Properties, plainProperties, unknownValue} from '../../plan/engine-protocol.ts';
import {create, respond} from '../../plan/fake-provider.ts';
import {protobuf, structOf, unary} from '../../plan/protobuf.ts';
import type {Account, Existing} from './account.ts';
import {construct} from './component.ts';
import {compareInputs, isWriteOnly} from './provider-diff.ts';
import {standInId} from './stand-in-id.ts';

export type PluginName = {readonly name: string; readonly version: string};

type Values = Readonly<Record<string, unknown>>;

const taskDefinition = 'aws:ecs/taskDefinition:TaskDefinition';

/** The parts of a URN: `urn:pulumi:<stack>::<project>::<types>::<name>`. */
const namesOf = (urn: string): {readonly type: string; readonly name: string} => {
  const [, , types = '', name = ''] = urn.split('::');
  return {type: types.split('$').at(-1) ?? '', name};
};

const withoutWriteOnly = (type: string, inputs: Values): Values =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== standInId && !isWriteOnly(type, name)));

/** One process of a plugin: one provider with one region. */
export class ProviderService {
  readonly #plugin: PluginName;
  readonly #account: Account;
  #region = '';

  constructor(pluginName: PluginName, account: Account) {
    this.#plugin = pluginName;
    this.#account = account;
  }

  #createState(urn: string, inputs: Values): {readonly id: string; readonly outputs: Properties} {
    const {type, name} = namesOf(urn);
    const id = inputs[standInId];
    if (typeof id === 'string') return {id, outputs: {}}; // its other inputs are what it is
    return create({urn, type, name, region: this.#region, inputs: plainProperties(inputs)});
  }

  #create(urn: string, inputs: Values): Existing {
    const {type} = namesOf(urn);
    const {id, outputs} = this.#createState(urn, inputs);
    const revision = type === taskDefinition ? this.#account.nextRevision(id) : 1;
    const resource = {
      urn,
      type,
      id,
      inputs,
      outputs: {
        ...withoutWriteOnly(type, inputs),
        ...outputs,
        ...(type === taskDefinition && {arn: String(outputs['arn']).replace(/:\d+$/, `:${revision}`), revision}),
      },
    };
    this.#account.create(resource);
    return resource;
  }

  /** Returns what a preview knows about a resource that doesn't exist yet: the given inputs, and no output. */
  #expected(urn: string, inputs: Values): Values {
    const {outputs} = this.#createState(urn, inputs);
    const unknown = Object.fromEntries(Object.keys(outputs).map(key => [key, unknownValue]));
    return {...withoutWriteOnly(namesOf(urn).type, inputs), ...unknown};
  }

  readonly implementation: grpc.UntypedServiceImplementation = {
    getPluginInfo: unary(() => {
      const reply = new plugin.PluginInfo();
      reply.setVersion(this.#plugin.version);
      return reply;
    }),
    checkConfig: unary((request: provider.CheckRequest) => {
      const reply = new provider.CheckResponse();
      reply.setInputs(request.getNews());
      return reply;
    }),
    diffConfig: unary((request: provider.DiffRequest) => this.#diffReply('', request)),
    configure: unary((request: provider.ConfigureRequest) => {
      this.#region = String(structOf(request.getArgs())['region'] ?? '');
      this.#account.regions.set(request.getUrn() ?? '', this.#region);
      const reply = new provider.ConfigureResponse();
      reply.setSupportspreview(true);
      reply.setAcceptsecrets(this.#plugin.name === 'awsx');
      reply.setAcceptresources(this.#plugin.name === 'awsx');
      return reply;
    }),
    invoke: unary((request: provider.InvokeRequest) => {
      const found = respond(request.getTok(), plainProperties(structOf(request.getArgs())));
      if (found === undefined)
        throw new EngineError(`plan/fake-provider.ts: expected a result for ${request.getTok()}, found none`);
      const reply = new provider.InvokeResponse();
      reply.setReturn(protobuf(found));
      return reply;
    }),
    check: unary((request: provider.CheckRequest) => {
      const reply = new provider.CheckResponse();
      reply.setInputs(request.getNews());
      return reply;
    }),
    diff: unary((request: provider.DiffRequest) => this.#diffReply(namesOf(request.getUrn()).type, request)),
    create: unary((request: provider.CreateRequest) => {
      const [urn, inputs] = [request.getUrn(), structOf(request.getProperties())];
      const reply = new provider.CreateResponse();
      if (request.getPreview()) reply.setProperties(protobuf(this.#expected(urn, inputs)));
      else {
        const {id, outputs} = this.#create(urn, inputs);
        reply.setId(id);
        reply.setProperties(protobuf(outputs));
      }
      return reply;
    }),
    update: unary((request: provider.UpdateRequest) => {
      const [urn, id] = [request.getUrn(), request.getId()];
      const [olds, inputs] = [structOf(request.getOlds()), structOf(request.getNews())];
      const {type} = namesOf(urn);
      // Properties that AWS computes stay: they belong to the resource, not to its latest inputs.
      const removed = Object.keys(structOf(request.getOldInputs())).filter(key => !(key in inputs));
      const outputs = {
        ...Object.fromEntries(Object.entries(olds).filter(([key]) => !removed.includes(key))),
        ...withoutWriteOnly(type, inputs),
      };
      if (!request.getPreview()) this.#account.update({urn, type, id, inputs, outputs});
      const reply = new provider.UpdateResponse();
      reply.setProperties(protobuf(outputs));
      return reply;
    }),
    read: unary((request: provider.ReadRequest) => {
      const {type} = namesOf(request.getUrn());
      const found = this.#account.find(type, request.getId());
      const reply = new provider.ReadResponse(); // without an id: no such resource
      if (found) {
        reply.setId(found.id);
        reply.setInputs(protobuf(withoutWriteOnly(type, found.inputs)));
        reply.setProperties(protobuf(found.outputs));
      }
      return reply;
    }),
    delete: unary((request: provider.DeleteRequest) => {
      const [urn, id] = [request.getUrn(), request.getId()];
      this.#account.remove({
        urn,
        type: namesOf(urn).type,
        id,
        inputs: structOf(request.getOldInputs()),
        outputs: structOf(request.getProperties()),
      });
      return new empty.Empty();
    }),
    construct: (call: grpc.ServerUnaryCall<provider.ConstructRequest, unknown>, done: grpc.sendUnaryData<unknown>) => {
      construct(call.request, this.#account.regions).then(
        reply => done(null, reply),
        (error: unknown) => done({code: grpc.status.UNKNOWN, details: String(error)}),
      );
    },
    cancel: unary(() => new empty.Empty()),
  };

  #diffReply(type: string, request: provider.DiffRequest): provider.DiffResponse {
    const [before, after] = [structOf(request.getOldInputs()), structOf(request.getNews())];
    const {changed, replaces} = compareInputs(type, before, after);
    const reply = new provider.DiffResponse();
    const {DIFF_NONE, DIFF_SOME} = provider.DiffResponse.DiffChanges;
    reply.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
    reply.setDiffsList([...changed]);
    reply.setReplacesList([...replaces]);
    reply.setHasdetaileddiff(true);
    const {UPDATE, UPDATE_REPLACE} = provider.PropertyDiff.Kind;
    for (const name of changed) {
      const kind = new provider.PropertyDiff();
      kind.setKind(replaces.includes(name) ? UPDATE_REPLACE : UPDATE);
      kind.setInputdiff(true);
      reply.getDetaileddiffMap().set(name, kind);
    }
    return reply;
  }
}
