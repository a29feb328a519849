/**
 * Plugins as Pulumi finds them: executables in `<PULUMI_HOME>/plugins`. Each is a launcher that requests a provider
 * from this process and prints its port. The provider lives here, so that starting one takes no time and all of them
 * share one account; it ends with its launcher, which the engine ends.
 */
import {chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {type AddressInfo, createServer, type Server} from 'node:net';
import {dirname, join} from 'node:path';
import * as grpc from '@grpc/grpc-js';
import providerService from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import type {Account} from './account.ts';
import {type PluginName, ProviderService} from './provider-service.ts';

/** Every package of Pulumi's that is installed and has a plugin: the engine demands them all. */
const installedPlugins = (): readonly PluginName[] => {
  const packages = dirname(dirname(createRequire(import.meta.url).resolve('@pulumi/pulumi/package.json')));
  return readdirSync(packages).flatMap(folder => {
    const {pulumi, version}: {pulumi?: {resource?: boolean; name?: string}; version: string} = JSON.parse(
      readFileSync(join(packages, folder, 'package.json'), 'utf8'),
    );
    return pulumi?.resource ? [{name: pulumi.name ?? folder, version}] : [];
  });
};

const launcher = (name: string, port: number): string => `#!/bin/sh
exec '${process.execPath}' -e '
const socket = require("node:net").connect(${port}, "127.0.0.1", () => socket.write("${name}\\n"));
socket.pipe(process.stdout);
socket.on("close", () => process.exit());
socket.on("error", () => process.exit(1));
'
`;

const install = (pulumiHome: string, {name, version}: PluginName, port: number): void => {
  const folder = join(pulumiHome, 'plugins', `resource-${name}-v${version}`);
  const file = join(folder, `pulumi-resource-${name}`);
  mkdirSync(folder, {recursive: true});
  writeFileSync(file, launcher(name, port));
  chmodSync(file, 0o755);
};

const serve = (service: ProviderService): Promise<{readonly port: number; readonly server: grpc.Server}> => {
  const server = new grpc.Server({'grpc.max_receive_message_length': -1});
  server.addService(providerService.ResourceProviderService, service.implementation);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve({port, server}),
    );
  });
};

const listening = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)); // it listens on TCP
  });

export type Plugins = {readonly stop: () => void};

/** Installs a stand-in for every plugin into a Pulumi home, and serves them until `stop`. */
export const startPlugins = async (pulumiHome: string, account: Account): Promise<Plugins> => {
  const plugins = installedPlugins();
  const running = new Set<grpc.Server>();
  const server = createServer(socket => {
    socket.on('error', () => socket.destroy()); // the launcher was killed
    socket.once('data', chunk => {
      const plugin = plugins.find(({name}) => name === chunk.toString().trim());
      if (!plugin) {
        socket.destroy();
        return;
      }
      void serve(new ProviderService(plugin, account)).then(provider => {
        running.add(provider.server);
        socket.once('close', () => {
          provider.server.forceShutdown();
          running.delete(provider.server);
        });
        socket.write(`${provider.port}\n`);
      });
    });
  });
  const port = await listening(server);
  for (const plugin of plugins) install(pulumiHome, plugin, port);
  return {
    stop: () => {
      server.close();
      for (const provider of running) provider.forceShutdown();
    },
  };
};
