/** The keys that open the API, when each was last used, and how they are replaced while the service runs. */
import {createHash, timingSafeEqual} from 'node:crypto';
import type {ApiKey} from './api-keys.ts';

/** Identifies a key in logs and metrics without revealing it. */
export interface KeyId {
  readonly emitter: string;
  /** The first 8 hexadecimal digits of the key's SHA-256 digest. */
  readonly id: string;
}

export interface KeyringOptions {
  readonly keys: readonly ApiKey[];
  /** Called at most once per second and key. `time` is in whole seconds since 1970. */
  readonly onUsed: (key: KeyId, time: number) => void;
}

export interface Keyring {
  /** Returns the key's emitter, or undefined if the key is not valid. Compares in constant time. */
  emitterOf(key: string): string | undefined;
  readonly keys: readonly KeyId[];
  replace(keys: readonly ApiKey[]): void;
}

/** Keys are padded to this number of bytes, so that a comparison doesn't depend on their length. */
const slot = 256;

/** Returns the key padded with zeros to the length of a slot. */
const intoSlot = (key: string, buffer = Buffer.alloc(slot)): Buffer => {
  buffer.fill(0).write(key, 'latin1'); // node:http reads headers as Latin-1
  return buffer;
};

/** `printf %s "$KEY" | sha256sum | cut -c 1-8` prints the same. */
export const keyId = (key: string): string => createHash('sha256').update(key, 'latin1').digest('hex').slice(0, 8);

interface KnownKey extends KeyId {
  readonly bytes: Buffer;
  /** Seconds since 1970. */
  usedAt: number;
}

export const createKeyring = ({keys, onUsed}: KeyringOptions): Keyring => {
  const toKnown = ({emitter, key}: ApiKey): KnownKey => ({emitter, id: keyId(key), bytes: intoSlot(key), usedAt: 0});
  let validKeys = keys.map(toKnown);
  const presented = Buffer.alloc(slot);
  return {
    emitterOf(key) {
      intoSlot(key.length <= slot ? key : '', presented);
      let match: KnownKey | undefined;
      // Compare with all keys, so that the time does not reveal which key matches, or how much of it.
      for (const candidate of validKeys) if (timingSafeEqual(candidate.bytes, presented)) match = candidate;
      if (match === undefined) return undefined;
      const time = Math.floor(Date.now() / 1000);
      if (match.usedAt !== time) {
        match.usedAt = time;
        onUsed(match, time);
      }
      return match.emitter;
    },
    get keys() {
      return validKeys.map(({emitter, id}) => ({emitter, id}));
    },
    replace(next) {
      validKeys = next.map(toKnown);
    },
  };
};
