/** Makes channels: what the handles of one channel in one interpreter share. */
import { checkOptions } from "../runtime/mod.ts";
import type { ChannelOptions } from "./channel.ts";
import type { Core, Form, Overflow } from "./form.ts";
import { LocalForm } from "./local_form.ts";
import type { Shape } from "./local_state.ts";

const ACTION = "Cannot create channel";
const OVERFLOWS: readonly unknown[] = ["block", "sliding", "dropping"] satisfies Overflow[];

/** See {@link Core}. One made here begins local; one of a channel that has come from elsewhere is given its form. */
export class ChannelCore implements Core {
  form: Form;
  handle: object | undefined = undefined;

  constructor(form: Shape | ((core: Core) => Form)) {
    this.form = typeof form === "function" ? form(this) : new LocalForm(this, form);
  }
}

/** The core that `given` is, or a new one that is as the options say. */
export function openCore(given: unknown): Core {
  return given instanceof ChannelCore ? given : new ChannelCore(shapeOf(given));
}

/** The core of a new promise channel. */
export function openPromiseCore(options: unknown): Core {
  checkOptions(ACTION, options, ["name"]);
  const { name = "" } = (options ?? {}) as { name?: unknown };
  return new ChannelCore({ name: checkName(name), capacity: 1, overflow: "block", promise: true });
}

/** The core of a new channel that holds any number of values: not for programs, which could not see it grow. */
export function openUnboundedCore(name: string): Core {
  return new ChannelCore({ name, capacity: Infinity, overflow: "block", promise: false });
}

/** Checks what `chan` and `new Channel` were given. */
function shapeOf(given: unknown): Shape {
  if (typeof given === "number") {
    return { name: "", capacity: checkCapacity(given), overflow: "block", promise: false };
  }
  checkOptions(ACTION, given, ["capacity", "overflow", "name"]);
  const { capacity = 0, overflow = "block", name = "" } = (given ?? {}) as ChannelOptions;
  checkCapacity(capacity);
  if (!OVERFLOWS.includes(overflow)) {
    throw new TypeError(
      `${ACTION}: overflow is ${String(overflow)}; pass "block", "sliding" or "dropping"`,
    );
  }
  if (overflow !== "block" && capacity === 0) {
    throw new RangeError(
      `${ACTION}: capacity is 0, which overflow "${overflow}" cannot have; pass at least 1`,
    );
  }
  return { name: checkName(name), capacity, overflow, promise: false };
}

function checkCapacity(capacity: unknown): number {
  if (typeof capacity !== "number") {
    throw new TypeError(`${ACTION}: capacity is of type ${typeof capacity}; pass an integer of at least 0`);
  }
  if (Number.isSafeInteger(capacity) && capacity >= 0) return capacity;
  throw new RangeError(`${ACTION}: capacity is ${capacity}; pass an integer of at least 0`);
}

function checkName(name: unknown): string {
  if (typeof name === "string") return name;
  throw new TypeError(`${ACTION}: name is of type ${typeof name}; pass a string`);
}
