/** The actions of a party, blocking its thread. */
import {
  chan,
  type Channel,
  ChannelClosedError,
  type ReceivePort,
  selectSync,
  sending,
  TimeoutError,
  trySelect,
} from "@pool/csp";
import { type Actions, described, patience } from "./actions.ts";
import { recognised, things } from "./things.ts";

/** Without a limit, as the other parties use them. */
export const blocking: Actions = blockingActions();

/** The actions of `actions.ts`, each of whose operations has the `limit`. */
export function blockingActions(limit?: { readonly timeout: number }): Actions {
  const actions: Actions = {
    sendAll(to, values) {
      for (const value of values) to.sendSync(value, limit);
    },
    sendRange(to, from, until) {
      for (let n = from; n < until; n++) to.sendSync(n, limit);
    },
    sendRangeAndClose(to, from, until, ...reason) {
      for (let n = from; n < until; n++) to.sendSync(n, limit);
      if (reason.length === 0) to.close();
      else to.close(reason[0]);
    },
    sendRangeAndRetire(to, from, until) {
      for (let n = from; n < until; n++) to.sendSync(n, limit);
      to.retire();
    },
    sendMessages(to, from, count) {
      for (let n = 0; n < count; n++) to.sendSync({ from, n }, limit);
    },
    sendBatches(to, until, size) {
      for (let n = 0; n < until; n += size) {
        to.sendManySync(Float64Array.from({ length: Math.min(size, until - n) }, (_, i) => n + i), limit);
      }
      to.close();
    },
    sendToEach(to, count) {
      for (const [i, ch] of to.entries()) {
        for (let n = 0; n < count; n++) ch.sendSync(i * 1000 + n, limit);
        ch.close();
      }
    },
    trySendAll(to, values) {
      for (const value of values) {
        spin(() => to.trySend(value));
      }
    },
    receiveSome(from, n) {
      return Array.from({ length: n }, () => from.receiveSync(limit));
    },
    receiveAll(from) {
      const values: unknown[] = [];
      try {
        while (true) values.push(from.receiveSync(limit));
      } catch (error) {
        return error instanceof ChannelClosedError ? { values } : { values, reason: described(error) };
      }
    },
    receiveBatches(from, max) {
      const values: unknown[] = [];
      untilClosed(() => values.push(...from.receiveManySync(max, limit)));
      return values;
    },
    sumBatches(from, size) {
      const buffer = new Float64Array(size);
      let sum = 0;
      untilClosed(() => {
        for (const n of from.receiveManySync(buffer, limit)) sum += n;
      });
      return sum;
    },
    tryReceiveAll(from) {
      const values: unknown[] = [];
      while (true) {
        const received = spin(() => {
          const received = from.tryReceive();
          return received.state !== "empty" && received;
        });
        if (received.state === "closed") return values;
        values.push(received.value);
      }
    },
    answer(from, to, n) {
      for (let i = 0; i < n; i++) to.sendSync(from.receiveSync(limit) + 1, limit);
    },
    ask(to, from, n) {
      let last = 0;
      for (let i = 0; i < n; i++) {
        to.sendSync(last, limit);
        last = from.receiveSync(limit);
      }
      return last;
    },
    serve(questions) {
      let served = 0;
      untilClosed(() => {
        const { n, reply } = questions.receiveSync(limit);
        reply.sendSync(n * 2, limit);
        served++;
      });
      return served;
    },
    inquire(questions, count) {
      const answers = Array.from({ length: count }, (_, n) => {
        const reply: Channel<number> = chan();
        questions.sendSync({ n, reply }, limit);
        return reply.receiveSync(limit);
      });
      questions.close();
      return answers;
    },
    copy(from, to) {
      let copied = 0;
      untilClosed(() => {
        to.sendSync(from.receiveSync(limit), limit);
        copied++;
      });
      to.close();
      return copied;
    },
    attemptSend(to, value) {
      try {
        to.sendSync(value, limit);
        return "sent";
      } catch (error) {
        return (error as Error).name;
      }
    },
    attemptReceive(from) {
      try {
        return from.receiveSync(limit);
      } catch (error) {
        return described(error);
      }
    },
    selectReceives(from) {
      const received: [number, unknown][] = [];
      const open: (ReceivePort<unknown> | false)[] = [...from];
      while (open.some((port) => port !== false)) {
        const { case: index, value, closed } = selectSync(open, limit);
        if (closed) open[index] = false;
        else received.push([index, value]);
      }
      return received;
    },
    selectSends(to, values) {
      const taken = to.map(() => 0);
      for (const value of values) taken[selectSync(to.map((port) => sending(port, value)), limit).case]!++;
      for (const port of to) port.close();
      return taken;
    },
    selectBoth(to, from, n) {
      const received: number[] = [];
      let next = 0;
      while (next < n || received.length < n) {
        const chosen = selectSync({
          sent: next < n && sending(to, next),
          received: received.length < n && from,
        }, limit);
        if (chosen.case === "sent") next++;
        else received.push(chosen.value as number);
      }
      return received;
    },
    sendImpatiently(to, from, until) {
      let tries = 0;
      for (let n = from; n < until; n++) {
        spin(() => inTime(() => to.sendSync(n, patience(tries++))));
      }
    },
    receiveImpatiently(from) {
      const values: unknown[] = [];
      let tries = 0;
      untilClosed(() => values.push(spin(() => inTime(() => from.receiveSync(patience(tries++)))).value));
      return values;
    },
    selectSendsImpatiently(to, until) {
      let tries = 0;
      for (let n = 0; n < until; n++) {
        const cases = to.map((port) => sending(port, n));
        spin(() => inTime(() => selectSync(cases, patience(tries++))));
      }
      for (const port of to) port.close();
    },
    selectReceivesImpatiently(from) {
      const values: unknown[] = [];
      const open: (ReceivePort<unknown> | false)[] = [...from];
      let tries = 0;
      while (open.some((port) => port !== false)) {
        const { value: chosen } = spin(() => inTime(() => selectSync(open, patience(tries++))));
        if (chosen.closed) open[chosen.case] = false;
        else values.push(chosen.value);
      }
      return values;
    },
    sendUntilRefused(to) {
      let n = 0;
      untilClosed(() => {
        to.sendSync(n, limit);
        n++;
      });
      return n;
    },
    sendBatchesUntilRefused(to, size) {
      for (let n = 0;; n += size) {
        try {
          to.sendManySync(Float64Array.from({ length: size }, (_, i) => n + i), limit);
        } catch (error) {
          if (error instanceof ChannelClosedError) return n + (error.sent ?? NaN);
          throw error;
        }
      }
    },
    receiveThenClose(from, n) {
      const values = actions.receiveSome(from, n);
      from.close();
      return [...values, ...actions.receiveAll(from).values];
    },
    receiveThenRetire(from, n) {
      const values = actions.receiveSome(from, n);
      from.retire();
      return values;
    },
    sendByCarried(carrier, from, until) {
      actions.sendRangeAndRetire(carrier.receiveSync(limit), from, until);
    },
    giveBack(value) {
      return value;
    },
    sendThings(to, probe) {
      const { values, moved } = things(probe);
      for (const value of values) to.sendSync(value, limit);
      return moved.map((buffer) => buffer.byteLength);
    },
    receiveThings(from, n) {
      return Array.from({ length: n }, () => recognised(from.receiveSync(limit)));
    },
    tryEither(either, go, done, n) {
      let found = 0;
      for (let i = 0; i < n; i++) {
        go.receiveSync(limit);
        const ready = trySelect(either) !== undefined;
        if (ready) found++;
        done.sendSync(ready, limit);
      }
      return found;
    },
  };
  return actions;
}

/** Runs `step` again and again until the channel it works on is closed. */
function untilClosed(step: () => void): void {
  try {
    while (true) step();
  } catch (error) {
    if (!(error instanceof ChannelClosedError)) throw error;
  }
}

/** The first result of `attempt` that is not false. */
function spin<T>(attempt: () => T | false): T {
  const until = performance.now() + 10_000;
  while (true) {
    const result = attempt();
    if (result !== false) return result;
    if (performance.now() > until) throw new Error("Cannot try any longer: without success for 10,000 ms");
  }
}

/** The outcome of `operation` in a box, false if it ran out of time. */
function inTime<T>(operation: () => T): { readonly value: T } | false {
  try {
    return { value: operation() };
  } catch (error) {
    if (error instanceof TimeoutError) return false;
    throw error;
  }
}
