/** The parts in which a body arrives, kept in little more memory than they have bytes. */

/**
 * Bytes below which a part is copied. Node makes objects of some 400 bytes for each part, and a client decides how small
 * its parts are: 64 KiB on the wire hold 10,000 chunks of one byte.
 */
const smallPart = 1024;

/** Bytes of a block that small parts are copied into. */
const blockSize = 4096;

export class BodyParts {
  #parts: Buffer[] = [];
  /** The block that is being filled. */
  #block: Buffer | undefined;
  #filled = 0;

  add(part: Buffer): void {
    // The first one is kept as it is: most bodies have only one.
    const isFirst = this.#parts.length === 0 && this.#block === undefined;
    if (isFirst || part.length >= smallPart) {
      this.#endBlock();
      this.#parts.push(part);
      return;
    }
    if (this.#filled + part.length > blockSize) this.#endBlock();
    this.#block ??= Buffer.allocUnsafe(blockSize);
    this.#filled += part.copy(this.#block, this.#filled);
  }

  /** Returns the whole body, and forgets it. */
  take(): Buffer {
    this.#endBlock();
    const parts = this.#parts;
    this.#parts = [];
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts); // proven by the length
  }

  clear(): void {
    this.#parts = [];
    this.#block = undefined;
    this.#filled = 0;
  }

  #endBlock(): void {
    if (this.#block === undefined) return;
    const bytes = this.#block.subarray(0, this.#filled);
    // One that is mostly empty is copied, for a client that alternates between small and large parts.
    this.#parts.push(2 * this.#filled < blockSize ? Buffer.from(bytes) : bytes);
    this.#block = undefined;
    this.#filled = 0;
  }
}
