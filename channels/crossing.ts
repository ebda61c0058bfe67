/**
 * The crossing: a local channel becomes a shared one, with all it holds and all who wait on it.
 *
 * *In order*: whatever it holds is packed first, and if something of it cannot cross nothing has happened. Then the shared
 * channel is made and filled, the core gets the shared form, and who waits enlists there, in order of arrival. Between two
 * steps no code of a user runs.
 */
import {
  CHANNEL_FAILURE,
  CHANNEL_NAME,
  MODE_BLOCK,
  MODE_DROPPING,
  MODE_PROMISE,
  MODE_SLIDING,
  TAG_NUMBER,
} from "../kernel/heap_layout.ts";
import { check } from "../sharing/encode.ts";
import { NotShareableError } from "../sharing/errors.ts";
import type { Core, Form, Side } from "./form.ts";
import { register } from "./handles.ts";
import { heapHere } from "./heap_here.ts";
import type { LocalForm } from "./local_form.ts";
import type { LocalState } from "./local_state.ts";
import { unsent } from "./parcel.ts";
import { letGo } from "./references.ts";
import type { Guard, Waiter } from "./port.ts";
import { nameOf } from "./refusals.ts";
import { SharedForm } from "./shared_form.ts";
import { SharedReceive, SharedSend } from "./shared_guards.ts";
import { encodeReason, Packed } from "./values.ts";

const SIDES = ["sender", "receiver"] as const;

/** Most values a shared channel can hold. */
const MOST = 2 ** 27;

/** Channels whose crossing has begun, and the form they get. */
const underWay = new Map<Core, SharedForm>();

/** The shared form of `core`, also while its crossing is under way; makes it shared if it is local. */
export function sharedFormOf(core: Core): SharedForm {
  share(core);
  return underWay.get(core) ?? core.form as SharedForm;
}

/** Where the channel of `core` lives in the shared heap; makes it shared if it is local. */
export function share(core: Core): number {
  if (core.form.shared) return (core.form as SharedForm).at;
  const begun = underWay.get(core);
  if (begun !== undefined) return begun.at;
  const local = core.form as LocalForm;
  const heap = heapHere();
  checkCapacity(local);
  const at = heap.kernel.create(local.capacity === Infinity ? -1 : local.capacity, modeOf(local)) >>> 0;
  if (at === 0) throw new RangeError("Cannot share the channel: the shared memory is full");
  const form = new SharedForm(core, heap, at);
  if (local.name !== "") heap.kernel.give(encodeReason(heap, local.name), at + CHANNEL_NAME);
  if (local.isUnused) takeOver(core, form);
  else moveIn(core, local, form);
  return at;
}

/** Whether {@link share} has nothing to do. */
export function isShared(core: Core): boolean {
  return core.form.shared || underWay.has(core);
}

/** Channels that are being checked: what they hold may lead back to them. */
const checked = new Set<Core>();

/** Throws when a local channel cannot be shared, for what it is or has. */
export function checkShare(core: Core): void {
  if (checked.has(core)) return;
  const local = core.form as LocalForm;
  checkCapacity(local);
  checked.add(core);
  try {
    const { values, senders } = local.state();
    for (const value of values) check(unsent(value), "value");
    for (const { value } of senders) check(unsent(value), "value");
  } catch (error) {
    throw whyNotShare(local.name, error);
  } finally {
    checked.delete(core);
  }
}

function checkCapacity({ capacity }: LocalForm): void {
  if (capacity <= MOST || capacity === Infinity) return;
  throw new RangeError(
    `Cannot share the channel: its capacity is ${capacity}; at most ${MOST} can be shared`,
  );
}

/** Puts all that `local` holds, and all who wait there, into `form`, and that into its place. */
function moveIn(core: Core, local: LocalForm, form: SharedForm): void {
  const { heap, at } = form;
  const state = local.state();
  for (const side of SIDES) for (let i = 0; i < state.ends[side]; i++) form.addEnd(side);
  // What it holds may lead back to it and to its ends.
  underWay.set(core, form);
  let held: ReturnType<typeof pack>;
  try {
    held = pack(state, local.promise);
  } catch (error) {
    for (const side of SIDES) for (let i = 0; i < state.ends[side]; i++) form.retireEnd(side);
    letGo(heap, at, heap.slot);
    throw whyNotShare(local.name, error);
  } finally {
    underWay.delete(core);
  }
  for (const packed of held.values) {
    if (packed.tag === TAG_NUMBER) heap.kernel.sendNumber(at, packed.number);
    else heap.kernel.sendTag(at, packed.tag, packed.low);
    packed.sent();
  }
  const failure = state.failures.sender;
  if (failure !== undefined) {
    heap.kernel.give(encodeReason(heap, failure.error), at + CHANNEL_FAILURE);
  }
  const guards = new Map<Waiter, Map<number, Guard>[]>();
  local.drain(function withdraw(side: Side, waiter: Waiter, index: number) {
    guards.get(waiter)?.[side === "sender" ? 0 : 1]?.get(index)?.withdraw(waiter, index);
  });
  takeOver(core, form);
  // Before who waits enlists: a closed channel has nobody waiting.
  if (state.poisoned) form.poison(state.reason!.error);
  else if (state.closed) form.close(state.reason);
  for (const [i, { waiter, index, value, end }] of state.senders.entries()) {
    enlist(guards, 0, new SharedSend(form, unsent(value), end, held.senders[i]), waiter, index);
  }
  for (const { waiter, index, end } of state.receivers) {
    enlist(guards, 1, new SharedReceive(form, end), waiter, index);
  }
}

/** The core has the shared form from now on. */
function takeOver(core: Core, form: SharedForm): void {
  core.form = form;
  register(core, form.at);
}

/** Says of a value that cannot cross where it is. */
function whyNotShare(name: string, error: unknown): unknown {
  if (!(error instanceof NotShareableError)) return error;
  const text = `Cannot share ${nameOf(name)}: of what it holds or is waiting to be sent, ${
    error.message.replace(/^Cannot share /, "")
  }`;
  return new NotShareableError(text, { path: error.path, cause: error });
}

/** Packs what `state` holds, all of it or nothing. */
function pack(state: LocalState, promise: boolean): { values: Packed[]; senders: Packed[] } {
  const heap = heapHere();
  const all: Packed[] = [];
  try {
    for (const value of [...state.values, ...state.senders.map((entry) => unsent(entry.value))]) {
      const packed = new Packed();
      packed.pack(heap, value, "value", promise);
      all.push(packed);
    }
  } catch (error) {
    for (const packed of all) packed.unsent(heap);
    throw error;
  }
  return { values: all.slice(0, state.values.length), senders: all.slice(state.values.length) };
}

function modeOf(form: Form): number {
  if (form.promise) return MODE_PROMISE;
  return form.overflow === "sliding"
    ? MODE_SLIDING
    : form.overflow === "dropping"
    ? MODE_DROPPING
    : MODE_BLOCK;
}

function enlist(
  guards: Map<Waiter, Map<number, Guard>[]>,
  side: 0 | 1,
  guard: Guard,
  waiter: Waiter,
  index: number,
): void {
  let sides = guards.get(waiter);
  if (sides === undefined) guards.set(waiter, sides = [new Map(), new Map()]);
  sides[side]!.set(index, guard);
  guard.enlist(waiter, index);
}
