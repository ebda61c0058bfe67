/**
 * The shared heap as one interpreter sees it: the kernel, views of the memory that follow its growth, and its own desk.
 */
import {
  CHANNEL_ATTENTION,
  CHANNEL_FLIGHTS,
  DESK_BELL,
  DESK_CUT,
  DESK_LOW,
  DESK_NUMBER,
  DESK_SIZE,
  DESK_STATUS,
  DESK_TAG,
  DESKS,
} from "./heap_layout.ts";
import { type Kernel, type KernelHost, openKernel } from "./kernel.ts";

/** See the file's description. One for each interpreter. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly slot: number;
  readonly kernel: Kernel;
  /** Byte offset of the own desk. */
  readonly desk: number;
  /** The own desk; never goes stale, since it lies in what the memory had from the beginning. */
  readonly deskWords: Int32Array<SharedArrayBuffer>;
  readonly deskNumber: Float64Array<SharedArrayBuffer>;
  #words: Int32Array<SharedArrayBuffer>;
  #longs: BigInt64Array<SharedArrayBuffer>;
  #bytes: Uint8Array<SharedArrayBuffer>;
  #view: DataView<SharedArrayBuffer>;

  constructor(memory: WebAssembly.Memory, slot: number, host: KernelHost, code?: string) {
    const buffer = memory.buffer as unknown as SharedArrayBuffer;
    this.memory = memory;
    this.slot = slot;
    this.kernel = openKernel(memory, slot, host, code);
    this.desk = DESKS + slot * DESK_SIZE;
    this.deskWords = new Int32Array(buffer, this.desk, DESK_SIZE / 4);
    this.deskNumber = new Float64Array(buffer, this.desk + DESK_NUMBER, 1);
    this.#words = new Int32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  #reach(end: number): void {
    if (end <= this.#bytes.length) return;
    // V8 lets a thread know late, if at all, that another one has made the memory grow, until it calls `grow` itself:
    // https://github.com/toyobayashi/emnapi/issues/217
    if (this.memory.buffer.byteLength < end) this.memory.grow(0);
    const buffer = this.memory.buffer as unknown as SharedArrayBuffer;
    this.#words = new Int32Array(buffer);
    this.#longs = new BigInt64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** All words; `least` is the highest byte offset that will be read. */
  words(least: number): Int32Array<SharedArrayBuffer> {
    this.#reach(least + 4);
    return this.#words;
  }

  /** All double words. */
  longs(least: number): BigInt64Array<SharedArrayBuffer> {
    this.#reach(least + 8);
    return this.#longs;
  }

  /** All bytes, at least up to `end`. */
  bytes(end: number): Uint8Array<SharedArrayBuffer> {
    this.#reach(end);
    return this.#bytes;
  }

  /** A view of the same bytes. */
  view(end: number): DataView<SharedArrayBuffer> {
    this.#reach(end);
    return this.#view;
  }

  /** The word at a byte offset. */
  load(at: number): number {
    return Atomics.load(this.words(at), at >>> 2);
  }

  /** Writes the word at a byte offset. */
  store(at: number, value: number): void {
    Atomics.store(this.words(at), at >>> 2, value);
  }

  /** Wakes all who sleep on the word at a byte offset. */
  notify(at: number): void {
    Atomics.notify(this.words(at), at >>> 2);
  }

  /** Wakes all threads and event loops of the interpreter in `slot` that sleep in the kernel's care. */
  wakeSleepers(slot: number): void {
    const bell = DESKS + slot * DESK_SIZE + DESK_BELL;
    this.store(bell, 0);
    this.notify(bell);
  }

  /** Status of the last operation that gave NaN. */
  get status(): number {
    return this.deskWords[DESK_STATUS / 4]!;
  }

  /** Tag of the value on the desk. */
  get tag(): number {
    return this.deskWords[DESK_TAG / 4]!;
  }

  /** Payload of the value on the desk, unsigned. */
  get low(): number {
    return this.deskWords[DESK_LOW / 4]! >>> 0;
  }

  /** The number on the desk. */
  get number(): number {
    return this.deskNumber[0]!;
  }

  /** Whether this interpreter was cut off. */
  get cut(): boolean {
    return Atomics.load(this.deskWords, DESK_CUT / 4) !== 0;
  }

  /** ATTENTION_ bits of a channel. */
  attention(channel: number): number {
    return this.load(channel + CHANNEL_ATTENTION);
  }

  /** References to a channel that are under way. */
  flights(channel: number): number {
    return this.load(channel + CHANNEL_FLIGHTS);
  }
}
