/** Series that are known when a board is written can be distinguished in both of Grafana's themes. */
import test from 'ava';
import {dashboards} from '../src/artefacts.ts';
import {background, distance, namedColours} from './colours.ts';
import {isCloudWatch, metricsOf, panelsOf, queriesOf} from './dashboard-json.ts';

const themes = ['dark', 'light'] as const;
const charts = dashboards.flatMap(panelsOf).filter(({type}) => type === 'timeseries');

type Chart = (typeof charts)[number];

const legendsOf = (panel: Chart): string[] =>
  isCloudWatch(panel)
    ? metricsOf(panel).map(({label = ''}) => label)
    : queriesOf(panel).map(({legendFormat = ''}) => legendFormat);

/** Filled in by the data: a label's value, or a dimension's. */
const isOpen = (legend: string): boolean => /\{\{\w+\}\}|\$\{PROP\(/.test(legend);

/** Colour names by legend, from the overrides. */
const fixedColoursOf = ({fieldConfig}: Chart): Map<string, string> =>
  new Map(
    (fieldConfig?.overrides ?? []).flatMap(({matcher, properties}) =>
      properties.flatMap(({id, value}): [string, string][] =>
        id === 'color' && matcher.id === 'byName'
          ? [[String(matcher.options), (value as {fixedColor: string}).fixedColor]] // what the property holds
          : [],
      ),
    ),
  );

const hex = (name: string, theme: (typeof themes)[number]): string => {
  const shade = namedColours[name];
  if (!shade) throw new TypeError(`colour of a series: expected a colour of test/colours.ts, found ${name}`);
  return shade[theme];
};

test('the distance between two colours is the one of CIE76', t => {
  t.is(distance('#ffffff', '#ffffff'), 0);
  t.is(Math.round(distance('#000000', '#ffffff')), 100);
  // Red and blue of sRGB: (53.24, 80.09, 67.20) and (32.30, 79.19, -107.86).
  t.is(distance('#ff0000', '#0000ff').toFixed(1), '176.3');
});

test('there are charts with several named series', t => {
  t.true(charts.filter(panel => fixedColoursOf(panel).size > 1).length > 10);
});

for (const panel of charts) {
  test(`${panel.title}: named series have fixed colours and open ones the palette by index`, t => {
    t.like(panel.fieldConfig?.defaults.color, {mode: 'palette-classic'});
    const legends = legendsOf(panel);
    const named = legends.filter(legend => !isOpen(legend));
    const coloured = [...fixedColoursOf(panel).keys()];
    t.deepEqual(
      named.filter(legend => !coloured.includes(legend)),
      [],
    );
    // Some values of an open legend may be known.
    if (!legends.some(isOpen)) t.deepEqual(coloured, named);
  });

  test(`${panel.title}: open series beside named ones have shades of another colour`, t => {
    const legends = legendsOf(panel);
    const overrides = panel.fieldConfig?.overrides ?? [];
    const shades = overrides.flatMap(({matcher, properties}) =>
      properties.flatMap(({id, value}) =>
        id === 'color' && matcher.id === 'byFrameRefID'
          ? [value as {readonly mode: string; readonly fixedColor: string}] // what the property holds
          : [],
      ),
    );
    const mixed = legends.some(isOpen) && legends.some(legend => !isOpen(legend));
    t.is(shades.length, mixed ? legends.filter(isOpen).length : 0);
    for (const {mode, fixedColor} of shades) {
      t.is(mode, 'shades');
      t.false([...fixedColoursOf(panel).values()].includes(fixedColor));
    }
  });

  for (const theme of themes)
    test(`${panel.title}: named series differ from each other and from the background in the ${theme} theme`, t => {
      const colours = [...fixedColoursOf(panel)].map(([legend, name]) => ({legend, hex: hex(name, theme)}));
      for (const [index, one] of colours.entries()) {
        t.true(distance(one.hex, background[theme]) >= 25, `${one.legend}: too near the background`);
        for (const other of colours.slice(index + 1))
          t.true(distance(one.hex, other.hex) >= 15, `${one.legend} and ${other.legend}: too near each other`);
      }
      t.pass();
    });

  test(`${panel.title}: more than four series have no fill`, t => {
    const legends = legendsOf(panel);
    const filled = !legends.some(isOpen) && legends.length <= 4;
    t.is(panel.fieldConfig?.defaults.custom.fillOpacity, filled ? 10 : 0);
  });

  test(`${panel.title}: the axis is not the one that Grafana draws around zeros`, t => {
    const {unit, custom} = panel.fieldConfig?.defaults ?? {};
    if (['bytes', 'locale'].includes(unit ?? '')) t.pass();
    else t.true(custom.axisSoftMax > 0);
  });
}

const meanings = [
  [/^(successful|successful authentications|2xx|healthy|written)$/, 'green'],
  [/^(failed|failed tool calls|5xx|unhealthy)$/, 'red'],
] as const;

for (const [pattern, colour] of meanings)
  test(`${colour} has the same meaning on every board`, t => {
    const found = charts.flatMap(panel => [...fixedColoursOf(panel)]).filter(([legend]) => pattern.test(legend));
    t.true(found.length > 3);
    for (const [legend, name] of found) t.is(name, colour, legend);
  });
