/** What an end that was retired or passed on does: it refuses everything, and still tells about the channel. */
import type { Core, Form, Overflow, Refuse } from "./form.ts";
import type { Guard } from "./port.ts";

/** See the file's description. */
export class EndedForm implements Form {
  readonly #core: Core;
  readonly refuse: Refuse;

  constructor(core: Core, refuse: Refuse) {
    this.#core = core;
    this.refuse = refuse;
  }

  get shared(): boolean {
    return this.#core.form.shared;
  }
  get name(): string {
    return this.#core.form.name;
  }
  get capacity(): number {
    return this.#core.form.capacity;
  }
  get overflow(): Overflow {
    return this.#core.form.overflow;
  }
  get promise(): boolean {
    return this.#core.form.promise;
  }
  get size(): number {
    return this.#core.form.size;
  }
  get closed(): boolean {
    return this.#core.form.closed;
  }

  send(value: unknown): Promise<never> {
    return Promise.reject(this.refuse(value));
  }
  receive(): Promise<never> {
    return Promise.reject(this.refuse());
  }
  trySend(value: unknown): never {
    throw this.refuse(value);
  }
  tryReceive(): never {
    throw this.refuse();
  }
  sendSync(value: unknown): never {
    throw this.refuse(value);
  }
  receiveSync(): never {
    throw this.refuse();
  }
  sendMany(): Promise<never> {
    return Promise.reject(Object.assign(this.refuse(), { sent: 0 }));
  }
  receiveMany(): Promise<never> {
    return Promise.reject(this.refuse());
  }
  sendManySync(): never {
    throw Object.assign(this.refuse(), { sent: 0 });
  }
  receiveManySync(): never {
    throw this.refuse();
  }
  close(): never {
    throw this.refuse();
  }
  poison(): never {
    throw this.refuse();
  }
  addEnd(): never {
    throw this.refuse();
  }
  retireEnd(): never {
    throw this.refuse();
  }
  endWaits(): never {
    throw this.refuse();
  }
  takeNow(): never {
    throw this.refuse();
  }
  receiving(): Guard {
    throw this.refuse();
  }
  sending(value: unknown): Guard {
    throw this.refuse(value);
  }
}
