import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ExecutionFailed,
  InterpreterError,
  InterpreterNotFoundError,
  NotShareableError,
  TimeoutError,
} from "@pool/csp";
import { withInterpreter, withInterpreters } from "../_interpreters.ts";
import { rejection, within } from "../_within.ts";

declare const csp: typeof import("@pool/csp");

/** The ExecutionFailed of a call that throws. */
async function failed(promise: Promise<unknown>): Promise<ExecutionFailed> {
  const error = await rejection(promise);
  assert(error instanceof ExecutionFailed, String(error));
  return error;
}

test("ExecutionFailed has type, message, stack and the revived error as cause", async () => {
  await withInterpreter(async (interp) => {
    const error = await failed(interp.call(function faulty() {
      throw Object.assign(new RangeError("too far", { cause: new TypeError("the root") }), {
        code: "E_FAR",
        at: [1],
      });
    }));
    assert(error instanceof InterpreterError);
    assert.equal(error.name, "ExecutionFailed");
    assert.deepEqual(Object.keys(error.excinfo).sort(), ["message", "stack", "type"]);
    assert.equal(error.excinfo.type, "RangeError");
    assert.equal(error.excinfo.message, "too far");
    assert.match(error.excinfo.stack, /faulty/);
    assert.match(error.message, /RangeError/);
    assert.match(error.message, /too far/);
    assert.match(error.message, /faulty/, "the message shows the remote stack");
    const cause = error.cause as RangeError & { code: string; at: number[] };
    assert(cause instanceof RangeError);
    assert.deepEqual([cause.name, cause.message, cause.code, cause.at], ["RangeError", "too far", "E_FAR", [
      1,
    ]]);
    assert.match(String(cause.stack), /faulty/);
    assert(cause.cause instanceof TypeError);
  });
});

test("ExecutionFailed keeps the class of every built-in error", async () => {
  await withInterpreter(async (interp) => {
    const classes = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
    for (const { name } of classes) {
      const error = await failed(interp.call((name) => {
        throw new (globalThis as unknown as Record<string, ErrorConstructor>)[name]!("x");
      }, name));
      assert.equal(error.excinfo.type, name);
      assert.equal((error.cause as Error).constructor.name, name);
    }
  });
});

test("ExecutionFailed keeps AggregateError members and DOMException codes", async () => {
  await withInterpreter(async (interp) => {
    const many = await failed(
      interp.call(() => Promise.any([Promise.reject(new TypeError("a")), Promise.reject(5)])),
    );
    assert(many.cause instanceof AggregateError);
    assert(many.cause.errors[0] instanceof TypeError);
    assert.equal(many.cause.errors[1], 5);
    const dom = await failed(interp.call(() => {
      throw new DOMException("no data", "DataCloneError");
    }));
    assert.equal(dom.excinfo.type, "DataCloneError");
    assert(dom.cause instanceof DOMException);
    assert.equal(dom.cause.code, 25);
  });
});

test("ExecutionFailed revives a user's subclass as the nearest built-in class, name and fields kept", async () => {
  await withInterpreter(async (interp) => {
    const error = await failed(interp.call(() => {
      class QuotaError extends RangeError {
        override name = "QuotaError";
        limit = 10;
      }
      throw new QuotaError("over quota");
    }));
    assert.equal(error.excinfo.type, "QuotaError");
    assert(error.cause instanceof RangeError);
    const cause = error.cause as RangeError & { limit: number };
    assert.deepEqual([cause.name, cause.message, cause.limit], ["QuotaError", "over quota", 10]);
  });
});

test("ExecutionFailed carries thrown values that are no errors", async () => {
  await withInterpreter(async (interp) => {
    const values: [unknown, string, string][] = [
      ["text", "string", "text"],
      [5, "number", "5"],
      [12n, "bigint", "12"],
      [true, "boolean", "true"],
      [undefined, "undefined", "undefined"],
      [null, "null", "null"],
      [Symbol.for("s"), "symbol", "Symbol(s)"],
    ];
    for (const [value, type, message] of values) {
      const error = await failed(interp.call((v) => {
        throw v;
      }, value));
      assert.equal(error.excinfo.type, type);
      assert.equal(error.excinfo.message, message);
      assert.equal(error.cause, value);
      assert("cause" in error);
    }
    const object = await failed(interp.call(() => {
      throw { code: 1 };
    }));
    assert.deepEqual(object.cause, { code: 1 });
  });
});

test("ExecutionFailed tells what it can of things thrown that cannot cross", async () => {
  await withInterpreter(async (interp) => {
    const fn = await failed(interp.call(() => {
      throw function thrown() {};
    }));
    assert.equal(fn.excinfo.type, "function");
    const poisoned = await failed(interp.call(() => {
      throw {
        toString() {
          throw new Error("no text");
        },
      };
    }));
    assert.equal(typeof poisoned.excinfo.message, "string");
    const proxy = await failed(interp.call(() => {
      throw new Proxy({}, {
        get() {
          throw new Error("trap");
        },
        getPrototypeOf() {
          throw new Error("trap");
        },
      });
    }));
    assert.equal(typeof proxy.excinfo.type, "string");
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("ExecutionFailed survives errors with hostile fields", async () => {
  await withInterpreter(async (interp) => {
    const withFn = await failed(interp.call(() => {
      throw Object.assign(new Error("left out"), { fn() {}, ok: 1 });
    }));
    assert.deepEqual([(withFn.cause as Error).message, (withFn.cause as { ok: number }).ok], ["left out", 1]);
    assert.equal("fn" in (withFn.cause as object), false);
    await failed(interp.call(() => {
      const error = new Error("hostile");
      Object.defineProperty(error, "stack", {
        get() {
          throw new Error("no stack");
        },
      });
      Object.defineProperty(error, "name", { value: Symbol("name") });
      throw error;
    }));
    await failed(interp.call(() => {
      const error = new Error("mad");
      Object.defineProperty(error, "message", {
        get() {
          throw new Error("no message");
        },
      });
      throw error;
    }));
    const cyclic = await failed(interp.call(() => {
      const error = new Error("cyclic");
      error.cause = error;
      throw error;
    }));
    assert.equal((cyclic.cause as Error).cause, cyclic.cause);
    assert.equal(await within(interp.call(() => "alive")), "alive");
  });
});

test("Errors of the library revive as themselves", async () => {
  await withInterpreter(async (interp) => {
    const classes = { InterpreterError, InterpreterNotFoundError, TimeoutError, NotShareableError };
    for (const [name, cls] of Object.entries(classes)) {
      const error = await failed(interp.call((name) => {
        throw new (csp as unknown as Record<string, new (text: string, options: object) => Error>)[name]!(
          "mine",
          {
            path: "args[0]",
          },
        );
      }, name));
      assert(error.cause instanceof cls, name);
      assert.equal((error.cause as Error).constructor, cls);
    }
  });
});

test("ExecutionFailed nests when a call fails in a call", async () => {
  await withInterpreters(2, async (a, b) => {
    const error = await failed(a!.call(async (b) => {
      await b.call(function innermost() {
        throw new URIError("deep");
      });
    }, b!));
    assert.equal(error.excinfo.type, "ExecutionFailed");
    const inner = error.cause as ExecutionFailed;
    assert(inner instanceof ExecutionFailed);
    assert.equal(inner.excinfo.type, "URIError");
    assert.equal(inner.excinfo.message, "deep");
    assert(inner.cause instanceof URIError);
    assert.match(error.message, /innermost/);
  });
});

test("ExecutionFailed is given for a rejected promise as for a throw", async () => {
  await withInterpreter(async (interp) => {
    for (
      const fn of [
        () => Promise.reject(new RangeError("r")),
        async () => {
          await null;
          throw new RangeError("r");
        },
        () => ({
          then(_: unknown, reject: (e: unknown) => void) {
            reject(new RangeError("r"));
          },
        }),
      ]
    ) {
      const error = await failed(interp.call(fn as () => Promise<never>));
      assert(error.cause instanceof RangeError);
    }
  });
});
