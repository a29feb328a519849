/** The colours that tests of the boards use for calculations are those of Grafana's themes. */
import {createRequire} from 'node:module';
import test from 'ava';
import {ensureInstalled} from '../../src/preview/install.ts';
import {background, namedColours} from '../../test/colours.ts';

await ensureInstalled(console.log);

// Node cannot load the package's ES modules: they import names from CommonJS packages. As CommonJS it has no types here.
const {createTheme}: typeof import('@grafana/data') = createRequire(import.meta.url)('@grafana/data');

for (const mode of ['dark', 'light'] as const)
  test(`named colours are those of the ${mode} theme`, t => {
    const {visualization, colors} = createTheme({colors: {mode}});
    for (const [name, shade] of Object.entries(namedColours))
      t.is(visualization.getColorByName(name), shade[mode], name);
    t.is(colors.background.primary, background[mode]);
  });
