/** Async functions, async generators and generators as esbuild and TypeScript write them for older targets. */

type Body = (this: unknown, ...args: unknown[]) => unknown;
type Verb = "next" | "throw" | "return";
type Verbs = Record<Verb, ((value?: unknown) => unknown) | undefined>;

/** `async function`: the body is a generator that yields what it awaits. */
export async function runAsync(
  self: unknown,
  args: ArrayLike<unknown> | null | undefined,
  body: Body,
): Promise<unknown> {
  const steps = body.apply(self, Array.from(args ?? [])) as Generator<unknown>;
  let step = steps.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

/** What an async generator's body yields in order to await; called with `new` by esbuild, without by TypeScript. */
export interface Awaited {
  readonly promise: unknown;
  /** It is a step of `yield*`, whose answer goes back to the delegate by the same verb. */
  readonly delegated: boolean;
}

/** See the interface. */
export const Awaited: (promise: unknown, delegated?: unknown) => Awaited = function (
  this: unknown,
  promise: unknown,
  delegated?: unknown,
): Awaited {
  return Object.assign(Object.create(Awaited.prototype), { promise, delegated: Boolean(delegated) });
};

/** `async function*`: the body is a generator that yields its values and, wrapped, what it awaits. */
export function runAsyncGenerator(
  self: unknown,
  args: ArrayLike<unknown> | null | undefined,
  body: Body,
): AsyncIterableIterator<unknown> {
  const steps = body.apply(self, Array.from(args ?? [])) as Generator<unknown>;
  let last: Promise<unknown> = Promise.resolve();

  async function advance(verb: Verb, value: unknown): Promise<IteratorResult<unknown>> {
    for (;;) {
      const { value: given, done } = steps[verb](value);
      const awaits = given instanceof Awaited;
      try {
        value = await (awaits ? (given as unknown as Awaited).promise : given);
      } catch (error) {
        if (done) throw error;
        verb = "throw";
        value = error;
        continue;
      }
      if (!awaits) return { value, done: done === true };
      if (verb !== "return" || !(given as unknown as Awaited).delegated) verb = "next";
    }
  }
  function request(verb: Verb): (value?: unknown) => Promise<IteratorResult<unknown>> {
    return (value) => {
      const result = last.then(() => advance(verb, value));
      last = result.catch(() => {});
      return result;
    };
  }
  return {
    next: request("next"),
    throw: request("throw"),
    return: request("return"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * `yield*` in an async generator: every step of the delegate is awaited by the generator around it. esbuild writes
 * the same for `yield*` in a sync generator; what is iterable without waiting is left as it is.
 */
export function delegate(iterable: unknown): Iterable<unknown> {
  const sync = iterable as Partial<Iterable<unknown> & AsyncIterable<unknown>>;
  if (sync[Symbol.asyncIterator] == null && sync[Symbol.iterator] != null) return sync as Iterable<unknown>;
  const source = asyncIteratorOf(iterable);
  let waiting = false;
  function step(verb: Verb): (value?: unknown) => unknown {
    return (value) => {
      if (waiting) {
        waiting = false;
        if (verb === "throw") throw value;
        return value;
      }
      const call = source[verb];
      if (call === undefined) throw value;
      waiting = true;
      const result = Promise.resolve(call.call(source, value)).then((answer) => {
        if (typeof answer !== "object" || answer === null) throw new TypeError("Object expected");
        return answer;
      });
      return { done: false, value: Awaited(result, true) };
    };
  }
  const verbs: Verbs = {
    next: step("next"),
    throw: step("throw"),
    return: source.return && step("return"),
  };
  return { [Symbol.iterator]: () => verbs as unknown as Iterator<unknown> };
}

/** What `for await` iterates with: the async iterator, or the sync one with its values awaited. */
export function asyncIteratorOf(iterable: unknown): Verbs {
  const from = iterable as {
    [Symbol.asyncIterator]?: () => Verbs;
    [Symbol.iterator]?: () => Verbs;
    next?: unknown;
  };
  const async = from[Symbol.asyncIterator];
  if (async != null) return async.call(from);
  const sync = from[Symbol.iterator];
  if (sync == null) {
    if (typeof from.next === "function") return from as unknown as Verbs;
    throw new TypeError("Object is not async iterable");
  }
  const source = sync.call(from);
  function step(verb: Verb): ((value?: unknown) => unknown) | undefined {
    const call = source[verb];
    if (call === undefined) return undefined;
    return async (value) => {
      const result = call.call(source, value) as IteratorResult<unknown>;
      return { value: await result.value, done: result.done };
    };
  }
  return { next: step("next"), throw: step("throw"), return: step("return") };
}

/** What a body of TypeScript's generators returns: an instruction and its operand. */
type Instruction = [code: number, operand?: unknown];
/** Labels of a `try`: where it begins, its catch, its finally, and where it ends. */
type Region = [start: number, handler: number | undefined, cleanup: number | undefined, end: number];

const NEXT = 0;
const THROW = 1;
const RETURN = 2;
const BREAK = 3;
const YIELD = 4;
const YIELD_STAR = 5;
const CATCH = 6;
const END_FINALLY = 7;

/** `function*` as TypeScript writes it for ES5: a state machine whose body runs from label to label. */
export function runGenerator(
  self: unknown,
  body: (this: unknown, state: unknown) => Instruction,
): IterableIterator<unknown> {
  let sent: Instruction = [NEXT];
  let source: Verbs | undefined;
  let running = false;
  let finished = false;
  const state = {
    label: 0,
    sent(): unknown {
      if (sent[0] & 1) throw sent[1];
      return sent[1];
    },
    trys: [] as Region[],
    ops: [] as Instruction[],
  };

  /** One step of a `yield*`; an unfinished one is the generator's own result. */
  function delegated(instruction: Instruction): Instruction | IteratorResult<unknown> {
    const [code, operand] = instruction;
    const call = source?.[code === RETURN ? "return" : code === THROW ? "throw" : "next"];
    const inner = source;
    if (code === THROW && call === undefined) inner?.return?.call(inner);
    if (call !== undefined) {
      const result = call.call(inner, operand) as IteratorResult<unknown>;
      if (!result.done) return result;
      instruction = [code === RETURN ? RETURN : NEXT, result.value];
    }
    source = undefined;
    return instruction;
  }

  /** Moves to where `instruction` leads; undefined when the body is to go on, else what is to be done next. */
  function jump(instruction: Instruction): Instruction | undefined {
    const [code, operand] = instruction;
    const region = state.trys.at(-1);
    if (region === undefined) {
      if (code === BREAK) {
        state.label = operand as number;
        return undefined;
      }
      finished = true;
      return instruction;
    }
    const [start, handler, cleanup, end] = region;
    if (code === BREAK && (operand as number) > start && (operand as number) < end) {
      state.label = operand as number;
      return undefined;
    }
    if (code === CATCH && handler !== undefined && state.label < handler) {
      state.label = handler;
      sent = instruction;
      return undefined;
    }
    if (cleanup !== undefined && state.label < cleanup) {
      state.label = cleanup;
      state.ops.push(instruction);
      return undefined;
    }
    if (cleanup !== undefined) state.ops.pop();
    state.trys.pop();
    return instruction;
  }

  function resume(first: Instruction): IteratorResult<unknown> {
    if (running) throw new TypeError("Generator is already executing");
    let instruction = first;
    running = true;
    try {
      while (!finished) {
        try {
          if (source !== undefined) {
            const outcome = delegated(instruction);
            if (!Array.isArray(outcome)) return outcome;
            instruction = outcome;
          }
          const [code, operand] = instruction;
          if (code === YIELD) {
            state.label++;
            return { value: operand, done: false };
          }
          if (code === YIELD_STAR) {
            state.label++;
            source = operand as Verbs;
            instruction = [NEXT];
            continue;
          }
          if (code === END_FINALLY) {
            instruction = state.ops.pop() ?? [NEXT];
            state.trys.pop();
            continue;
          }
          if (code === NEXT || code === THROW) {
            sent = instruction;
          } else {
            const next = jump(instruction);
            if (next !== undefined) {
              instruction = next;
              continue;
            }
          }
          instruction = body.call(self, state);
        } catch (error) {
          instruction = [CATCH, error];
          source = undefined;
        }
      }
    } finally {
      running = false;
    }
    if (instruction[0] === THROW || instruction[0] === CATCH) throw instruction[1];
    return { value: instruction[0] === RETURN ? instruction[1] : undefined, done: true };
  }
  return {
    next: (value?: unknown) => resume([NEXT, value]),
    throw: (error?: unknown) => resume([THROW, error]),
    return: (value?: unknown) => resume([RETURN, value]),
    [Symbol.iterator]() {
      return this;
    },
  };
}
