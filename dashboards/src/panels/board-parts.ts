/**
 * The parts of a board, with the variables in the type: those that a variable builder declares, and those that the
 * queries and links of a panel contain. The symbols exist only as types.
 */
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import type {Panel, VariableModel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {VariableScope} from '../promql/promql.ts';

declare const declared: unique symbol;
declare const used: unique symbol;

export type DeclaresVariable<V extends VariableScope> = {readonly [declared]?: V};

/** Builds a variable of a board. */
export type VariableBuilder<V extends VariableScope = VariableScope> = Builder<VariableModel> & DeclaresVariable<V>;

/** A panel that only boards with the variables V can show. */
export type BoardPanel<V extends VariableScope = never> = Builder<Panel> & {readonly [used]?: V};
