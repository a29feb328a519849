/** Walks the fields of one message, whose bytes have passed `ProtobufCheck`. */
export class ProtobufFields {
  /** Number of the current field. */
  field = 0;
  wireType = 0;
  /** The offset at which the field's tag starts. */
  tag = 0;
  /** The offset at which the field's value starts. */
  start = 0;
  /** The offset at which the field ends. */
  end = 0;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #limit = 0;

  /** `view` is of the same bytes: one serves all messages of an export. */
  constructor(bytes: Buffer, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Moves before the first field of the message at that offset. */
  over(start: number, end: number): this {
    this.end = start;
    this.#limit = end;
    return this;
  }

  /** Goes to the next field; false at the end. */
  next(): boolean {
    if (this.end >= this.#limit) return false;
    this.tag = this.end;
    this.start = this.end;
    const tag = this.#take();
    this.field = Math.floor(tag / 8);
    this.wireType = tag % 8;
    if (this.wireType === 2) {
      const length = this.#take();
      this.end = this.start + length;
    } else if (this.wireType === 1) this.end = this.start + 8;
    else if (this.wireType === 5) this.end = this.start + 4;
    else {
      const value = this.start;
      if (this.wireType === 0) this.#take();
      else this.#takeGroup();
      this.end = this.start;
      this.start = value;
    }
    return true;
  }

  /** A field that has another wire type than the schema's is skipped, as one that is not known. */
  is(field: number, wireType: number): boolean {
    return this.field === field && this.wireType === wireType;
  }

  double(): number {
    return this.#view.getFloat64(this.start, true);
  }

  unsigned64(at = this.start): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  signed64(): number {
    return this.#view.getUint32(this.start, true) + this.#view.getInt32(this.start + 4, true) * 2 ** 32;
  }

  /** Without sign; loses digits over 2^53. */
  varint(): number {
    const before = this.start;
    const value = this.#take();
    this.start = before;
    return value;
  }

  /** An int64, whose negative numbers take ten bytes. */
  signedVarint(): number {
    const value = this.varint();
    return value < 2 ** 53 ? value : Number(BigInt.asIntN(64, this.#exactVarint()));
  }

  /** A sint32: of a longer number, the lowest 32 bits. */
  zigzag(): number {
    const long = this.varint();
    const value = long < 2 ** 32 ? long : Number(BigInt.asUintN(32, this.#exactVarint()));
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Appends the field's doubles, packed or not, from `at` on; what is over the array's length is only counted. */
  doubles(into: Float64Array, at: number): number {
    let count = at;
    if (this.wireType !== 1 && this.wireType !== 2) return count;
    for (let next = this.start; next < this.end; next += 8) {
      if (count < into.length) into[count] = this.#view.getFloat64(next, true);
      count += 1;
    }
    return count;
  }

  /** The same for fixed64. */
  unsigned64s(into: Float64Array, at: number): number {
    let count = at;
    if (this.wireType !== 1 && this.wireType !== 2) return count;
    for (let next = this.start; next < this.end; next += 8) {
      if (count < into.length) into[count] = this.unsigned64(next);
      count += 1;
    }
    return count;
  }

  /** The same for varints. */
  varints(into: Float64Array, at: number): number {
    let count = at;
    if (this.wireType !== 0 && this.wireType !== 2) return count;
    const before = this.start;
    while (this.start < this.end) {
      const value = this.#take();
      if (count < into.length) into[count] = value;
      count += 1;
    }
    this.start = before;
    return count;
  }

  /** The sum of the field's varints, packed or not. */
  sumOfVarints(): number {
    let sum = 0;
    if (this.wireType !== 0 && this.wireType !== 2) return sum;
    const before = this.start;
    while (this.start < this.end) sum += this.#take();
    this.start = before;
    return sum;
  }

  #exactVarint(): bigint {
    let value = 0n;
    for (let at = this.end - 1; at >= this.start; at -= 1)
      value = (value << 7n) | BigInt((this.#bytes[at] as number) & 0x7f); // within the field
    return value;
  }

  #take(): number {
    const first = this.#bytes[this.start] as number; // ProtobufCheck has seen the number's end
    this.start += 1;
    if (first < 128) return first;
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      const byte = this.#bytes[this.start] as number; // as above
      this.start += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
  }

  #takeGroup(): void {
    for (let nesting = 1; nesting > 0; ) {
      const wireType = this.#take() % 8;
      if (wireType === 0) this.#take();
      else if (wireType === 1) this.start += 8;
      else if (wireType === 2) {
        const length = this.#take();
        this.start += length;
      } else if (wireType === 3) nesting += 1;
      else if (wireType === 4) nesting -= 1;
      else this.start += 4;
    }
  }
}
