/** Group "select matrix": each state of a channel, as a receive and as a send case, in each form of select. */
import assert from "node:assert/strict";
import {
  alternation,
  chan,
  type Channel,
  ChannelClosedError,
  select,
  type SelectCases,
  selectSync,
  sending,
  TimeoutError,
  trySelect,
} from "@pool/csp";
import { within } from "../_within.ts";
import { assertPassed, cases, type Harness, make } from "../channels/conformance/harness.ts";
import { assertPending } from "../channels/conformance/timing.ts";

/** The result of any select. */
interface Chosen {
  readonly case: string | number;
  readonly value: unknown;
  readonly closed: boolean;
  readonly reason?: unknown;
}

/** A form of select; undefined when nothing was ready. */
interface Form {
  readonly name: string;
  run(cases: SelectCases): Promise<Chosen | undefined>;
}

/** Undefined instead of a timeout. */
async function ifReady(chosen: Promise<Chosen>): Promise<Chosen | undefined> {
  try {
    return await within(chosen);
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
}

const LIMITS = { timeout: 2 };

const FORMS: readonly Form[] = [
  { name: "select()", run: (cases) => ifReady(select(cases, LIMITS)) },
  {
    name: 'select({ mode: "priority" })',
    run: (cases) => ifReady(select(cases, { ...LIMITS, mode: "priority" })),
  },
  // deno-lint-ignore require-await -- what it throws is a rejection of each form
  { name: "trySelect()", run: async (cases) => trySelect(cases) },
  // deno-lint-ignore require-await -- the same
  { name: "selectSync()", run: (cases) => ifReady((async () => selectSync(cases, LIMITS))()) },
  { name: "alternation().select()", run: (cases) => ifReady(alternation(cases).select(LIMITS)) },
  {
    name: "alternation().prioritySelect()",
    run: (cases) => ifReady(alternation(cases).prioritySelect(LIMITS)),
  },
  { name: "alternation().fairSelect()", run: (cases) => ifReady(alternation(cases).fairSelect(LIMITS)) },
];

const REASON = new RangeError("why");

/** A state of a channel, and what a case on it does then: its result, "waits", or the error it rejects with. */
interface State {
  readonly name: string;
  prepare(ch: Channel<number>): Promise<unknown> | void;
  readonly capacity: number;
  readonly receive: Omit<Chosen, "case"> | "waits" | Error;
  readonly send: "sent" | "waits" | "refused" | Error;
}

const VALUE = { value: 1, closed: false };
const CLOSED = { value: undefined, closed: true };

const STATES: readonly State[] = [
  { name: "empty, unbuffered", capacity: 0, prepare() {}, receive: "waits", send: "waits" },
  { name: "empty, buffered", capacity: 2, prepare() {}, receive: "waits", send: "sent" },
  { name: "half full", capacity: 2, prepare: (ch) => ch.send(1), receive: VALUE, send: "sent" },
  { name: "full", capacity: 1, prepare: (ch) => ch.send(1), receive: VALUE, send: "waits" },
  {
    name: "with a sender waiting",
    capacity: 0,
    prepare(ch) {
      ch.send(1).catch(() => {});
    },
    receive: VALUE,
    send: "waits",
  },
  {
    name: "with a receiver waiting",
    capacity: 0,
    prepare(ch) {
      ch.receive().catch(() => {});
    },
    receive: "waits",
    send: "sent",
  },
  { name: "closed", capacity: 1, prepare: (ch) => ch.close(), receive: CLOSED, send: "refused" },
  {
    name: "closed with a reason",
    capacity: 1,
    prepare: (ch) => ch.close(REASON),
    receive: { ...CLOSED, reason: REASON },
    send: "refused",
  },
  {
    name: "closed with undefined",
    capacity: 0,
    prepare: (ch) => ch.close(undefined),
    receive: { ...CLOSED, reason: undefined },
    send: "refused",
  },
  {
    name: "closed but not drained",
    capacity: 1,
    async prepare(ch) {
      await ch.send(1);
      ch.close(REASON);
    },
    receive: VALUE,
    send: "refused",
  },
  { name: "poisoned", capacity: 1, prepare: (ch) => ch.poison(REASON), receive: REASON, send: REASON },
];

/** Registers the group. */
export function conformSelectMatrix(h: Harness): void {
  const add = cases(h, "select matrix");

  for (const state of STATES) {
    /** The channel in its state, beside a channel that is never ready; who waits has had time to do so. */
    const prepared = async (): Promise<{ ch: Channel<number>; never: Channel<number> }> => {
      const [ch, never] = [await make<number>(h, state.capacity), await make<number>(h)];
      await state.prepare(ch);
      await assertPending();
      return { ch, never };
    };
    for (const { name, run } of FORMS) {
      add(`${name} of a receive from a channel that is ${state.name}`, async () => {
        const { ch, never } = await prepared();
        for (const at of ["last", "alone"] as const) {
          // What takes a value away is done once.
          if (at === "alone" && state.receive === VALUE) break;
          await expectReceive(
            h,
            () => run(at === "alone" ? { ch } : { off: null, never, ch }),
            state.receive,
          );
        }
        assert.equal(never.trySend(1), false, "the loser is still waited on");
      });

      add(`${name} of a send to a channel that is ${state.name}`, async () => {
        const { ch, never } = await prepared();
        const size = ch.size;
        await expectSend(h, () => run({ never, ch: sending(ch, 5), off: undefined }), state.send);
        const buffered = state.send === "sent" && state.capacity > 0;
        assert.equal(ch.size, state.name === "poisoned" ? 0 : size + (buffered ? 1 : 0));
        assert.equal(never.trySend(1), false, "the loser is still waited on");
      });
    }
  }

  for (const { name, run } of FORMS) {
    add(`${name} with every case off has nothing to choose`, async () => {
      for (const each of [[], {}, [null, undefined, false], { a: null, b: false }] as SelectCases[]) {
        assert.equal(await run(each), undefined);
      }
    });

    add(`${name} keeps the index of a case behind cases that are off`, async () => {
      const ch = await make<number>(h, 1);
      await within(ch.send(1));
      assert.deepEqual(await run([null, false, ch, undefined]), { case: 2, value: 1, closed: false });
    });

    add(`${name} over local channels and those under test chooses the ready one`, async () => {
      const [local, tested] = [chan<number>(1), await make<number>(h, 1)];
      await within(local.send(1));
      assert.deepEqual(await run({ tested, local }), { case: "local", value: 1, closed: false });
      await within(tested.send(2));
      assert.deepEqual(await run({ tested, local }), { case: "tested", value: 2, closed: false });
      assert.equal(await run({ tested, local }), undefined);
      assert.equal((await run({ tested, local: sending(local, 3) }))?.case, "local");
      assert.equal((await run({ tested: sending(tested, 4), local: sending(local, 5) }))?.case, "tested");
      assert.equal(await run([sending(tested, 6), sending(local, 7)]), undefined);
    });
  }
}

async function expectReceive(
  h: Harness,
  run: () => Promise<Chosen | undefined>,
  expected: State["receive"],
): Promise<void> {
  const chosen = await run().catch((error: unknown) => ({ error }));
  if (expected === "waits") return assert.equal(chosen, undefined);
  if (expected instanceof Error) return assertPassed(h, (chosen as { error: unknown }).error, expected);
  assert.ok(chosen !== undefined && "case" in chosen, `it did not receive: ${describe(chosen)}`);
  assert.equal(chosen.case, "ch");
  assert.equal(chosen.value, expected.value);
  assert.equal(chosen.closed, expected.closed);
  assert.equal("reason" in chosen, "reason" in expected);
  if ("reason" in expected) assertPassed(h, chosen.reason, expected.reason);
}

async function expectSend(
  h: Harness,
  run: () => Promise<Chosen | undefined>,
  expected: State["send"],
): Promise<void> {
  const chosen = await run().catch((error: unknown) => ({ error }));
  if (expected === "waits") assert.equal(chosen, undefined);
  else if (expected === "sent") assert.deepEqual(chosen, { case: "ch", value: undefined, closed: false });
  else {
    assert.ok(chosen !== undefined && "error" in chosen, `it was not refused: ${describe(chosen)}`);
    if (expected !== "refused") return assertPassed(h, chosen.error, expected);
    assert.ok(chosen.error instanceof ChannelClosedError);
    assert.equal(chosen.error.value, 5);
  }
}

function describe(chosen: unknown): string {
  return chosen !== undefined && "error" in (chosen as object)
    ? String((chosen as { error: unknown }).error)
    : JSON.stringify(chosen);
}
