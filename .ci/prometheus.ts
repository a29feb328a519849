/** For workflows: downloads one major version of Prometheus and prints the environment variables that select it. */
import {getPrometheus, sources} from '@mcp-observability/infra/find-prometheus/sources';
import {Argument, createProgram, runProgram} from '@mcp-observability/tools/command-line';

const program = createProgram(
  'node --import tsx .ci/prometheus.ts',
  'Downloads one major version of Prometheus, and prints PROMETHEUS_BIN and PROMTOOL_BIN. There is no fallback: running the tests on the other major version would prove nothing.',
)
  .addArgument(new Argument('<source>', 'where from').choices(sources))
  .action(async source => {
    const {prometheus, promtool, version} = await getPrometheus(source, line => console.error(line));
    console.error(`Prometheus ${version ?? 'of unknown version'}`);
    console.log(`PROMETHEUS_BIN=${prometheus}\nPROMTOOL_BIN=${promtool}`);
  });

await runProgram(program);
