/** Small bodies without a stream: Node's parser hands over each part, and this keeps them until the last. */
import {IncomingMessage} from 'node:http';
import {BodyParts} from './body-parts.ts';

/**
 * A request whose body can be received whole. Until that is asked for, it is a stream like any other request. A stream
 * announces even a body that fits one packet by three events, each in a separate tick.
 */
export class DirectRequest extends IncomingMessage {
  #first: Buffer | undefined;
  /** Created for the second part: most bodies have only one. */
  #parts: BodyParts | undefined;
  #done: ((body: Buffer) => void) | undefined;
  #ended = false;
  // Only declared, as Node's constructor sets it. Where it is not set, Node reads on after the response.
  declare _consuming: boolean;

  /**
   * Calls `done` with the whole body, in the same call in which Node's parser reads the last of it; never if the client
   * disconnects before. Such a body cannot be paused: its Content-Length must show that it is small.
   *
   * @returns false, and never calls `done`, when some of the body came before: then only the stream has it
   */
  readWhole(done: (body: Buffer) => void): boolean {
    if (this.complete || this.readableLength > 0) return false;
    this.#done = done;
    this._consuming = true;
    return true;
  }

  /** Node's parser calls this with each part of the body, and with null after the last one. */
  override push(part: Buffer | null): boolean {
    if (this.#done === undefined) return super.push(part);
    if (part === null) {
      this.#ended = true;
      this.#done(this.#take());
    } else this.#keep(part);
    return true;
  }

  #keep(part: Buffer): void {
    if (this.#first === undefined) {
      this.#first = part;
      return;
    }
    if (this.#parts === undefined) {
      this.#parts = new BodyParts();
      this.#parts.add(this.#first);
    }
    this.#parts.add(part);
  }

  #take(): Buffer {
    const body = this.#parts?.take() ?? this.#first ?? Buffer.alloc(0);
    this.#parts = undefined;
    this.#first = undefined;
    return body;
  }

  static {
    // Node asks this after the response, and keeps a request whose body has not ended. Its types declare a property,
    // which a class cannot override with an accessor.
    Object.defineProperty(DirectRequest.prototype, 'readableEnded', {
      get(this: DirectRequest): unknown {
        return this.#ended || Reflect.get(IncomingMessage.prototype, 'readableEnded', this);
      },
    });
  }
}
