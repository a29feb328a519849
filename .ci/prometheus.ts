/** For workflows: downloads one major version of Prometheus and prints the environment variables that select it. */
import {reasonOf} from '../infra/local/find-prometheus/binaries.ts';
import {cacheFolder} from '../infra/local/find-prometheus/cache.ts';
import {getDebianPackage} from '../infra/local/find-prometheus/debian-package.ts';
import {getRelease} from '../infra/local/find-prometheus/release.ts';

/** `release` is the pinned Prometheus 3; `distribution` is Prometheus 2, in Debian 12 and Ubuntu 24.04. */
const sources = new Map([
  ['release', getRelease],
  ['distribution', getDebianPackage],
]);

const [name = 'nothing'] = process.argv.slice(2);
const get = sources.get(name);
if (get === undefined) {
  console.error(`expected one of ${[...sources.keys()].join(', ')}; found ${name}`);
  process.exit(2);
}
try {
  const {env} = process;
  // No fallback: running the tests on the other major version would prove nothing.
  const {prometheus, promtool, version} = await get({env, cache: cacheFolder(env), log: line => console.error(line)});
  console.error(`Prometheus ${version ?? 'of unknown version'}`);
  console.log(`PROMETHEUS_BIN=${prometheus}\nPROMTOOL_BIN=${promtool}`);
} catch (error) {
  console.error(`${name}: ${reasonOf(error)}`);
  process.exit(1);
}
