/** The container images: two built from this repository, one pinned. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Image as BuiltImage} from '@pulumi/awsx/ecr/image.js';
import {Repository} from '@pulumi/awsx/ecr/repository.js';
import * as pulumi from '@pulumi/pulumi';
import {RandomId} from '@pulumi/random/randomId.js';
import {outputOf, ValueError} from './defined.ts';
import type {Architecture} from './environments.ts';
import {createImageContext} from './image-context.ts';

/**
 * The AWS distribution of the OpenTelemetry collector. Each release is supported until the next one, so it is pinned and
 * raised by hand: read its release notes, then run `npm run check -- collector`.
 */
const {collector: collectorImage}: {collector: string} = JSON.parse(
  readFileSync(new URL('../image-versions.json', import.meta.url), 'utf8'),
);

const {version}: {version: string} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const sourceFolder = fileURLToPath(new URL('../..', import.meta.url));

/** In infra/, where Pulumi runs the program and its providers: the path in their state is the same on every machine. */
const contextsFolder = '.contexts';
const contexts = fileURLToPath(new URL(`../${contextsFolder}`, import.meta.url));

const platforms = {X86_64: 'linux/amd64', ARM64: 'linux/arm64'} as const satisfies Record<Architecture, string>;

/** Minimum number of earlier builds that are kept for rollbacks. */
const keptBuilds = 10;
/** BuildKit pushes three for each build, each an image to ECR: the index, the image that runs, and its provenance. */
const imagesPerBuild = 3;

export type Image = {
  readonly uri: pulumi.Output<string>;
  /** Where ECS pulls it from: a public registry needs no permission, a repository of the account does. */
  readonly registry: {readonly kind: 'public'} | {readonly kind: 'repository'; readonly arn: pulumi.Output<string>};
};

export type ImagesArgs = {
  readonly provider: pulumi.ProviderResource;
  /** Architecture that the images are built for. */
  readonly architecture: Architecture;
  /** Images are deleted with their repository unless protected. */
  readonly protected: boolean;
};

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`: what ECR calls every private repository's URI. */
const repositoryUri = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([a-z0-9][a-z0-9._/-]*)$/;

/**
 * The ARN from the URL, not from the component's output `repository`. That one is a resource reference: the SDK makes a
 * resource of it only if a matching version of the module @pulumi/aws/ecr is loaded, and a string otherwise, which has no
 * `arn`; during a preview the string is a URN, and not even unknown. A URL is a string in every engine and SDK.
 * @throws {ValueError} for a URL of another form
 */
const repositoryArn = (name: string, url: string): string => {
  const [match, account, region, repository] = repositoryUri.exec(url) ?? [];
  if (match === undefined)
    throw new ValueError(`${name}: expected <account>.dkr.ecr.<region>.amazonaws.com/<repository>, found ${url}`);
  return `arn:aws:ecr:${region}:${account}:repository/${repository}`;
};

/** The repositories of the built images, and the images of all services. */
export class Images extends pulumi.ComponentResource {
  readonly metricsService: Image;
  readonly grafana: Image;
  readonly collector: Image;

  constructor(name: string, args: ImagesArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Images', name, {}, opts);
    const child = {parent: this, providers: [args.provider]}; // remote components inherit no provider
    const platform = platforms[args.architecture];
    const built = (image: string, dockerfile: string): Image => {
      const repository = new Repository(
        `${image}-images`,
        {
          imageTagMutability: 'IMMUTABLE',
          imageScanningConfiguration: {scanOnPush: true},
          encryptionConfigurations: [{encryptionType: 'AES256'}],
          lifecyclePolicy: {
            rules: [
              {
                description: `Roll back up to ${keptBuilds} deployments`,
                tagStatus: 'any',
                maximumNumberOfImages: keptBuilds * imagesPerBuild,
              },
            ],
          },
          forceDelete: !args.protected,
        },
        child,
      );
      const context = createImageContext({root: sourceFolder, dockerfile, contexts, image});
      // Without the revision: otherwise each commit would change the image and roll out every service.
      const buildArguments = {VERSION: version};
      // A tag can be pushed once, so whatever makes the provider build again must make another tag: the context, the platform
      // and the arguments. Old sources that come back need one too, as no build gives the very same bytes again.
      const keepers = {source: context.digest, platform, ...buildArguments};
      const build = new RandomId(`${image}-build`, {byteLength: 5, keepers}, {parent: this});
      const url = outputOf(repository, 'url');
      const pushed = new BuiltImage(
        image,
        {
          repositoryUrl: url,
          imageTag: pulumi.interpolate`${context.digest}-${outputOf(build, 'hex')}`,
          context: `${contextsFolder}/${context.folder}`,
          dockerfile: `${contextsFolder}/${context.folder}/${dockerfile}`,
          platform,
          args: buildArguments,
        },
        // Replaced images stay in the repository, because tasks may be rolled back to them.
        {...child, retainOnDelete: true},
      );
      return {
        uri: outputOf(pushed, 'imageUri'),
        registry: {kind: 'repository', arn: url.apply(text => repositoryArn(`url of ${image}-images`, text))},
      };
    };
    this.metricsService = built('metrics-service', 'metrics-service/Dockerfile');
    this.grafana = built('grafana', 'grafana-image/Dockerfile');
    this.collector = {uri: pulumi.output(collectorImage), registry: {kind: 'public'}};
    this.registerOutputs();
  }
}
