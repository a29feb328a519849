/** Values as Pulumi sends them: maps with a signature represent secrets, outputs, references and files. */

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};
export type Properties = {readonly [key: string]: Json};

/** sdk/nodejs/runtime/rpc.ts of pulumi/pulumi: these are part of Pulumi's protocol. */
const signature = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';
const referenceSignature = '5cf8f73096256a8f31e491e813e4eb8e';
const kinds = {
  [secretSignature]: 'secret',
  d0e6a833031e9bbcd3f4e8bde6ca49a4: 'output',
  [referenceSignature]: 'reference',
  c44067f5952c0a294b673a41bacd8c17: 'file',
  '0def7320c3a5731c473e5ecbe6d01bc7': 'file',
} as const;
/** Represents a value that no provider has returned yet. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** Shown for values that only AWS knows; if it appears in a plan, fake-provider.ts is incomplete. */
export const unknown = '[unknown]';
/** Replaces every secret, because plans are printed, saved and compared. */
export const secret = '[secret]';

export function isMap(value: Json | undefined): value is Properties;
export function isMap(value: unknown): value is Readonly<Record<string, unknown>>;
export function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value without Pulumi's markers; secrets masked. */
export const plain = (value: unknown): Json => {
  if (value === unknownValue) return unknown;
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value as Json; // protobuf's Struct represents JSON only
  const kind = Object.entries(kinds).find(([mark]) => mark === value[signature])?.[1];
  switch (kind) {
    case 'secret':
      return secret;
    case 'output':
      if (value['secret'] === true) return secret;
      return 'value' in value ? plain(value['value']) : unknown;
    case 'reference':
      return String(value['urn']);
    case 'file':
      return plain(value['text'] ?? value['path'] ?? value['uri'] ?? value['assets'] ?? null);
    case undefined:
      return plainProperties(value);
  }
};

export const plainProperties = (value: Readonly<Record<string, unknown>>): Properties =>
  Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, plain(one)]),
  );

/** Marks a value as secret, as a provider does. */
export const asSecret = (value: string): Json => ({[signature]: secretSignature, value});

/**
 * A custom resource as it is represented in an output. A provider written in Node, as awsx is, sends no
 * `packageVersion`.
 * @param id empty until the provider has returned one, as in a preview
 */
export const reference = (urn: string, id: string): Json => ({[signature]: referenceSignature, urn, id});

export const isReference = (value: Json | undefined): value is {readonly urn: string; readonly id: string} =>
  isMap(value) && value[signature] === referenceSignature;
