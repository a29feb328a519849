/** The types of a provider's stand-in: see fake-provider.ts and fake-awsx.ts. */
import {createHash} from 'node:crypto';
import type {Json, Properties} from './engine-protocol.ts';

/** The account number that AWS's documentation uses in examples. */
export const accountId = '111122223333';

/** A resource that a remote component created in the provider's process: the program can read it from the engine. */
export type Child = {
  readonly urn: string;
  readonly id: string;
  /** The outputs, with Pulumi's markers. */
  readonly state: Readonly<Record<string, unknown>>;
};

export type CreateOutput = {
  /** The id; empty for a component. */
  readonly id: string;
  readonly outputs: Properties;
  /** @default none */
  readonly children?: readonly Child[];
};

export type CreateInput = {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly region: string;
  readonly inputs: Properties;
};

/** A provider, as the engine calls it. */
export type Create = (input: CreateInput) => CreateOutput;

/** A provider's response to a function that the program invokes; undefined for one that it doesn't have. */
export type Respond = (token: string, question: Properties) => Properties | undefined;

export type Shape = (
  input: CreateInput & {
    /** An ARN in the resource's region and account. */
    readonly arn: (service: string, rest: string) => string;
    /** The physical name that is set, or the logical name with Pulumi's suffix. */
    readonly named: string;
    readonly token: (length: number) => string;
    /** Registers a resource inside a remote component and returns the reference that the component's output holds. */
    readonly child: (type: string, name: string, id: string, state?: Properties) => Json;
  },
) => CreateOutput;

export type Shapes = Readonly<Record<string, Shape>>;

/** Hexadecimal digits that depend only on the seed, at most 64. */
export const hex = (seed: string, length: number): string =>
  createHash('sha256').update(seed).digest('hex').slice(0, length);

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
