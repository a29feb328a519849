/**
 * Values that the program requires. If a provider leaves an output undefined, JSON omits it silently, an interpolated
 * string contains "undefined", and an optional input counts as not set. These functions throw an error instead.
 * Ids need no check: the engine fails a resource that gets none.
 */
import {inspect} from 'node:util';
import * as pulumi from '@pulumi/pulumi';
import type {InfraErrorCode} from '../infra-error.ts';

/** A value that can't be used, thrown where an output is read. The message is all that the user sees. */
export class ValueError extends pulumi.RunError {
  readonly code = 'ERR_VALUE' satisfies InfraErrorCode;

  /** Pulumi's runner inspects an error with every promise that it rejected: with this many outputs it would never finish. */
  [inspect.custom](): string {
    return this.stack ?? this.message;
  }
}

/** @throws {ValueError} that names the value where it, or an item of a list, is undefined, null, an empty string or an empty list */
export const present = <T>(name: string, value: T): NonNullable<T> => {
  const items: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (value === undefined || value === null || value === '' || items?.length === 0)
    throw new ValueError(`${name}: expected a value, found ${JSON.stringify(value)}`);
  for (const [index, item] of (items ?? []).entries()) present(`${name}[${index}]`, item);
  return value;
};

/** Returns the same value, or an error that names it where it is empty. Unknown in a preview stays unknown. */
export const defined = <T>(name: string, value: pulumi.Input<T>): pulumi.Output<NonNullable<pulumi.Unwrap<T>>> =>
  pulumi.output(value).apply(known => present(name, known));

/** An output of a resource or a remote component that must have a value, named by the resource's type and name. */
export const outputOf = <R extends pulumi.Resource, Key extends keyof R & string>(
  resource: R,
  key: Key,
): pulumi.Output<NonNullable<pulumi.Unwrap<R[Key]>>> =>
  pulumi.all([resource.urn, resource[key]]).apply(([urn, value]) => {
    const [, , type = '', name = ''] = urn.split('::');
    return present(`${key} of ${name} (${type.split('$').at(-1)})`, value);
  });
