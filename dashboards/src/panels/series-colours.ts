/**
 * Colours of series that are known when a board is written: each by what the series means, the same on every board.
 * Names are Grafana's, so the light and the dark theme each choose their shade. Series whose names come with the data
 * use the classic palette in their order.
 */
import {type DynamicConfigValue, FieldColorBuilder, FieldColorModeId} from '@grafana/grafana-foundation-sdk/dashboard';

export const seriesColours = {
  success: 'green',
  failure: 'red',
  /** May become a failure: restarts, client errors, a full queue. */
  warning: 'orange',
  /** All traffic, whatever its outcome. */
  traffic: 'blue',
  authentication: 'purple',
  initialize: 'orange',
  listing: 'semi-dark-yellow',
  /** Typical values: means and medians. */
  typical: 'blue',
  /** The slowest or busiest: high percentiles and maxima. */
  worst: 'orange',
  incoming: 'blue',
  outgoing: 'purple',
  /** A value to compare with, such as the desired number of tasks. */
  target: 'purple',
  /** A failure on the way, where failures have a separate series. */
  failureOnTheWay: 'purple',
} as const;
export type SeriesColour = keyof typeof seriesColours;

/** The override by which a named series has its colour. */
export const fixedColour = (colour: SeriesColour): DynamicConfigValue => ({
  id: 'color',
  value: {mode: FieldColorModeId.Fixed, fixedColor: seriesColours[colour]},
});

/**
 * The override by which series whose names come with the data have shades of one colour, beside named series: the palette would
 * give some of them the colour of a named one.
 */
export const shadesOf = (colour: SeriesColour): DynamicConfigValue => ({
  id: 'color',
  value: {mode: FieldColorModeId.Shades, fixedColor: seriesColours[colour]},
});

/** The classic palette in the order of the series. By name, two series of one panel can have the same colour. */
export const colourByIndex = (): FieldColorBuilder => new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic);
