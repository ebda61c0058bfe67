/**
 * Looks at a plan before anything of it starts: what could be refused is refused here, and nothing has happened.
 *
 * *Invariant.* An end, or what `move` marks, belongs to one process of one run. It is noted here when the run begins, since
 * the process that it moves to may start much later.
 */
import { channels, interpreters } from "#engines";
import type { Movables } from "../channels/given_ends.ts";
import { OwnershipError } from "../sharing/errors.ts";
import type { Leaf, Plan } from "./plan.ts";

/** What a process that has not started holds, and how to give up the ends in it. */
export type Held = Map<Leaf, (reason: { readonly error: unknown }) => void>;

/** Handles and markers that a run was given. */
const given = new WeakSet<object>();

/**
 * Throws when a function or an argument of `plan` cannot go where it is to run. Gives the processes whose arguments are
 * moved to them, which this run has for itself from now on.
 */
export function checkPlan(plan: Plan): Held {
  const held: Held = new Map();
  /** What is moved, and the handle or marker by which. */
  const moved = new Map<object, object>();
  /** How often each part was met; more than twice makes no difference. */
  const met = new Map<Plan, number>();
  const rest: { readonly plan: Plan; readonly times: number }[] = [{ plan, times: 1 }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { plan, times } = next;
    const before = met.get(plan) ?? 0;
    const now = Math.min(2, before + times);
    if (now === before) continue;
    met.set(plan, now);
    switch (plan.is) {
      case "process":
        if (before === 0) {
          const things = checkLeaf(plan, moved);
          if (things !== undefined) held.set(plan, things.retire);
        }
        if (now > 1 && held.has(plan)) {
          throw new OwnershipError(
            `Cannot run process "${
              nameOf(plan)
            }" several times at once: its arguments have an end or a moved ` +
              "value in them, which only one process can have; describe each with a clone() of its own",
          );
        }
        break;
      case "replicate":
        if (plan.n > 0) rest.push({ plan: plan.part, times: Math.min(2, plan.n * now) });
        break;
      default:
        for (let i = plan.parts.length - 1; i >= 0; i--) rest.push({ plan: plan.parts[i]!, times: now });
    }
  }
  for (const handle of moved.values()) given.add(handle);
  return held;
}

/** Checks one process; `moved` gets what its arguments move, which nobody else may have been given. */
function checkLeaf(leaf: Leaf, moved: Map<object, object>): Movables | undefined {
  const { fn, args, place } = leaf;
  const movables = channels().movablesIn(args);
  for (const [handle, thing] of movables?.things ?? []) {
    if (given.has(handle)) {
      throw new OwnershipError(
        `Cannot run process "${
          nameOf(leaf)
        }": an end or a moved value among its arguments has gone to an earlier ` +
          "run; describe it anew, with a clone() of the end",
      );
    }
    if (moved.has(thing)) {
      throw new OwnershipError(
        `Cannot run process "${
          nameOf(leaf)
        }": an end or a moved value among its arguments is passed to another ` +
          "process too; pass a clone() of the end",
      );
    }
    moved.set(thing, handle);
  }
  movables?.check();
  if (place !== "here") {
    interpreters().checkFunction(fn, place === "bare");
    interpreters().checkArguments(args);
  }
  return movables;
}

function nameOf({ fn }: Leaf): string {
  return fn.name || "anonymous";
}
