/**
 * Stands in for Pulumi's engine: serves the two gRPC services that a program talks to (pulumi/pulumi, proto/pulumi/
 * resource.proto and engine.proto), completes every resource with fake-provider.ts, and keeps what was registered.
 */
import * as grpc from '@grpc/grpc-js';
import engineService from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import provider from '@pulumi/pulumi/proto/provider_pb.js';
import monitorService from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import monitor from '@pulumi/pulumi/proto/resource_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import {EngineError} from './engine-error.ts';
import {type Properties, plainProperties} from './engine-protocol.ts';
import {create as createOnAws, respond as respondAsAws} from './fake-provider.ts';
import {protobuf, structOf, unary} from './protobuf.ts';
import type {Child, Create, CreateOutput, Respond} from './provider-shape.ts';

/** A resource as the program registered it. */
export type Resource = {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  /** A component only groups other resources; a remote component's resources are created by its provider. */
  readonly kind: 'resource' | 'component' | 'remote';
  readonly inputs: Properties;
  /** The state that AWS would have returned: see fake-provider.ts. */
  readonly id: string;
  readonly outputs: Properties;
  /** The resources that a remote component created; empty for every other resource. */
  readonly children: readonly {readonly urn: string; readonly id: string; readonly outputs: Properties}[];
  /** The provider's URN; its region is the resource's region. */
  readonly provider: string;
  readonly region: string;
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** Replaced by deleting the old one first, as needed when a name is fixed. */
  readonly deleteBeforeReplace: boolean;
  /** Id of an existing resource that is imported; empty if a new one is created. */
  readonly importId: string;
};

export type Registered = {
  readonly resources: readonly Resource[];
  readonly outputs: Properties;
  readonly errors: readonly string[];
};

/** A gRPC server in place of the engine, for one run of one program. */
export class Engine {
  readonly #project: string;
  readonly #stack: string;
  readonly #create: Create;
  readonly #respond: Respond;
  readonly #resources = new Map<string, Resource>();
  /**
   * The resources that the program can read by `getResource`: everything registered, and what remote components
   * created.
   */
  readonly #states = new Map<string, Child>();
  readonly #errors: string[] = [];
  readonly #server = new grpc.Server({'grpc.max_receive_message_length': -1});
  #root = '';
  #outputs: Properties = {};

  /**
   * @param args.create creates resources in place of the providers; @default the stand-in in fake-provider.ts
   * @param args.respond responds to functions in their place; @default the same stand-in
   */
  constructor(args: {project: string; stack: string; create?: Create | undefined; respond?: Respond | undefined}) {
    this.#project = args.project;
    this.#stack = args.stack;
    this.#create = args.create ?? createOnAws;
    this.#respond = args.respond ?? respondAsAws;
    this.#server.addService(monitorService.ResourceMonitorService, this.#monitor());
    this.#server.addService(engineService.EngineService, this.#engine());
  }

  /** @returns the address to give to the program */
  async start(): Promise<string> {
    const port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    return `127.0.0.1:${port}`;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  get registered(): Registered {
    const resources = [...this.#resources.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
    return {resources, outputs: this.#outputs, errors: this.#errors};
  }

  #urn(parent: string, type: string, name: string): string {
    const parentType = parent && parent !== this.#root ? `${parent.split('::')[2]}$` : '';
    return `urn:pulumi:${this.#stack}::${this.#project}::${parentType}${type}::${name}`;
  }

  #register(request: monitor.RegisterResourceRequest): monitor.RegisterResourceResponse {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const urn = this.#urn(parent, type, name);
    if (this.#resources.has(urn)) throw new EngineError(`two resources are called ${urn}`);
    const wire = structOf(request.getObject());
    const inputs = plainProperties(wire);
    const providerUrn = (request.getProvider() || request.getProvidersMap().get('aws') || '')
      .split('::')
      .slice(0, 4)
      .join('::');
    const providerRegion = this.#resources.get(providerUrn)?.inputs['region'];
    const region = typeof providerRegion === 'string' ? providerRegion : '';
    const kind = request.getRemote() ? 'remote' : request.getCustom() ? 'resource' : 'component';
    const created: CreateOutput =
      kind === 'component' ? {id: '', outputs: {}} : this.#create({urn, type, name, region, inputs});
    const outputs = {...(kind === 'resource' ? wire : {}), ...created.outputs};
    for (const child of [...(created.children ?? []), {urn, id: created.id, state: outputs}])
      this.#states.set(child.urn, child);
    if (type !== 'pulumi:pulumi:Stack')
      this.#resources.set(urn, {
        urn,
        type,
        name,
        parent: parent === this.#root ? '' : parent,
        kind,
        inputs,
        id: created.id,
        outputs: plainProperties(created.outputs),
        children: (created.children ?? []).map(child => ({
          urn: child.urn,
          id: child.id,
          outputs: plainProperties(child.state),
        })),
        provider: providerUrn,
        region,
        dependencies: request.getDependenciesList().filter(dependency => dependency !== this.#root),
        // As the engine does: options that the program omits are inherited from the parent.
        protect: (request.hasProtect() ? request.getProtect() : this.#resources.get(parent)?.protect) ?? false,
        retainOnDelete:
          (request.hasRetainondelete() ? request.getRetainondelete() : this.#resources.get(parent)?.retainOnDelete) ??
          false,
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        importId: request.getImportid(),
      });

    const reply = new monitor.RegisterResourceResponse();
    reply.setUrn(urn);
    reply.setResult(monitor.Result.SUCCESS);
    if (kind === 'resource') reply.setId(created.id);
    reply.setObject(protobuf(outputs));
    return reply;
  }

  /** The engine's function that the SDK calls to complete a resource that it received by reference. */
  #getResource({urn}: Properties): Child {
    const found = this.#states.get(String(urn));
    if (!found) throw new EngineError(`unknown resource ${urn}`);
    return found;
  }

  #monitor(): grpc.UntypedServiceImplementation {
    const nothing = unary(() => new empty.Empty());
    return {
      supportsFeature: unary((request: monitor.SupportsFeatureRequest) => {
        const reply = new monitor.SupportsFeatureResponse();
        reply.setHassupport(request.getId() !== 'byteString');
        return reply;
      }),
      registerResource: unary((request: monitor.RegisterResourceRequest) => this.#register(request)),
      registerResourceOutputs: unary((request: monitor.RegisterResourceOutputsRequest) => {
        if (request.getUrn() === this.#root) this.#outputs = plainProperties(structOf(request.getOutputs()));
        return new empty.Empty();
      }),
      invoke: unary((request: monitor.ResourceInvokeRequest) => {
        const reply = new provider.InvokeResponse();
        const question = plainProperties(structOf(request.getArgs()));
        const found: object | undefined =
          request.getTok() === 'pulumi:pulumi:getResource'
            ? this.#getResource(question)
            : this.#respond(request.getTok(), question);
        if (found === undefined)
          throw new EngineError(`plan/fake-provider.ts: expected a result for ${request.getTok()}, found none`);
        reply.setReturn(protobuf(found));
        return reply;
      }),
      registerPackage: unary((request: monitor.RegisterPackageRequest) => {
        const reply = new monitor.RegisterPackageResponse();
        reply.setRef(`${request.getName()}@${request.getVersion()}`);
        return reply;
      }),
      registerStackTransform: nothing,
      registerStackInvokeTransform: nothing,
      registerResourceHook: nothing,
      registerErrorHook: nothing,
      signalAndWaitForShutdown: nothing,
    };
  }

  #engine(): grpc.UntypedServiceImplementation {
    return {
      log: unary((request: engine.LogRequest) => {
        if (request.getSeverity() === engine.LogSeverity.ERROR) this.#errors.push(request.getMessage());
        return new empty.Empty();
      }),
      getRootResource: unary(() => {
        const reply = new engine.GetRootResourceResponse();
        reply.setUrn(this.#root);
        return reply;
      }),
      setRootResource: unary((request: engine.SetRootResourceRequest) => {
        this.#root = request.getUrn();
        return new engine.SetRootResourceResponse();
      }),
      requirePulumiVersion: unary(() => new engine.RequirePulumiVersionResponse()),
      startDebugging: unary(() => new empty.Empty()),
    };
  }
}
