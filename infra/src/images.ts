/** The container images: two built from this repository, one pinned. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {Image as BuiltImage} from '@pulumi/awsx/ecr/image.js';
import {Repository} from '@pulumi/awsx/ecr/repository.js';
import * as pulumi from '@pulumi/pulumi';
import {RandomId} from '@pulumi/random/randomId.js';
import {sourceDigest} from './image-sources.ts';

/**
 * The AWS distribution of the OpenTelemetry collector. Each release is supported until the next one, so it is pinned and
 * raised by hand: read its release notes, then run `npm run verify:collector`.
 */
const collectorImage = 'public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0';

const {version}: {version: string} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** From infra/, where Pulumi runs the program and its providers. */
const repositoryRoot = '..';

const sourceFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Builds that can be rolled back to, at least. */
const keptBuilds = 10;
/** What BuildKit pushes for one, each an image to ECR: the index, what runs, and where it comes from (provenance). */
const imagesABuild = 3;

export type Image = {
  readonly uri: pulumi.Output<string>;
  /** Where ECS pulls it from; the collector's repository is public and needs no permission. */
  readonly repositoryArn: pulumi.Output<string> | undefined;
};

export type ImagesArgs = {
  readonly provider: pulumi.ProviderResource;
  /** Images are deleted with their repository unless protected. */
  readonly protected: boolean;
};

export class Images extends pulumi.ComponentResource {
  readonly metricsService: Image;
  readonly grafana: Image;
  readonly collector: Image;

  constructor(name: string, args: ImagesArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Images', name, {}, opts);
    const inside = {parent: this, providers: [args.provider]}; // made elsewhere, they inherit none
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
                maximumNumberOfImages: keptBuilds * imagesABuild,
              },
            ],
          },
          forceDelete: !args.protected,
        },
        inside,
      );
      // A tag can be pushed once: other sources need another one, and so do old sources that come back, as no build
      // gives the very same bytes again.
      const source = sourceDigest(sourceFolder, dockerfile);
      const build = new RandomId(`${image}-build`, {byteLength: 5, keepers: {source}}, {parent: this});
      const {imageUri} = new BuiltImage(
        image,
        {
          repositoryUrl: repository.url,
          imageTag: pulumi.interpolate`${source}-${build.hex}`,
          context: repositoryRoot,
          dockerfile: `${repositoryRoot}/${dockerfile}`,
          platform: 'linux/amd64',
          // The revision is left out: each commit would be another image, and roll out every service.
          args: {VERSION: version},
        },
        // What a build replaces stays in the repository: tasks may be rolled back to it.
        {...inside, retainOnDelete: true},
      );
      return {uri: imageUri, repositoryArn: repository.repository.apply(({arn}) => arn)};
    };
    this.metricsService = built('metrics-service', 'metrics-service/Dockerfile');
    this.grafana = built('grafana', 'grafana-image/Dockerfile');
    this.collector = {uri: pulumi.output(collectorImage), repositoryArn: undefined};
    this.registerOutputs();
  }
}
