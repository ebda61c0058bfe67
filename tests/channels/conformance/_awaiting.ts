/** The actions of a party, awaiting. */
import {
  chan,
  type Channel,
  ChannelClosedError,
  select,
  sending,
  TimeoutError,
  trySelect,
  yieldNow,
} from "@pool/csp";
import { type AwaitingActions, described, patience } from "./actions.ts";
import { recognised, things } from "./things.ts";

/** See `actions.ts`. */
export const awaiting: AwaitingActions = {
  async sendAll(to, values) {
    for (const value of values) await to.send(value);
  },
  async sendRange(to, from, until) {
    for (let n = from; n < until; n++) await to.send(n);
  },
  async sendRangeAndClose(to, from, until, ...reason) {
    for (let n = from; n < until; n++) await to.send(n);
    if (reason.length === 0) to.close();
    else to.close(reason[0]);
  },
  async sendRangeAndRetire(to, from, until) {
    for (let n = from; n < until; n++) await to.send(n);
    to.retire();
  },
  async sendMessages(to, from, count) {
    for (let n = 0; n < count; n++) await to.send({ from, n });
  },
  async sendBatches(to, until, size) {
    for (let n = 0; n < until; n += size) {
      await to.sendMany(Float64Array.from({ length: Math.min(size, until - n) }, (_, i) => n + i));
    }
    to.close();
  },
  async sendToEach(to, count) {
    for (const [i, ch] of to.entries()) {
      for (let n = 0; n < count; n++) await ch.send(i * 1000 + n);
      ch.close();
    }
  },
  async trySendAll(to, values) {
    for (const value of values) {
      while (!to.trySend(value)) await yieldNow();
    }
  },
  async receiveSome(from, n) {
    const values: unknown[] = [];
    while (values.length < n) values.push(await from.receive());
    return values;
  },
  async receiveAll(from) {
    const values: unknown[] = [];
    try {
      for await (const value of from) values.push(value);
      return { values };
    } catch (error) {
      return { values, reason: described(error) };
    }
  },
  async receiveBatches(from, max) {
    const values: unknown[] = [];
    try {
      while (true) values.push(...await from.receiveMany(max));
    } catch (error) {
      if (error instanceof ChannelClosedError) return values;
      throw error;
    }
  },
  async sumBatches(from, size) {
    const buffer = new Float64Array(size);
    let sum = 0;
    try {
      while (true) {
        for (const n of await from.receiveMany(buffer)) sum += n;
      }
    } catch (error) {
      if (error instanceof ChannelClosedError) return sum;
      throw error;
    }
  },
  async tryReceiveAll(from) {
    const values: unknown[] = [];
    while (true) {
      const received = from.tryReceive();
      if (received.state === "closed") return values;
      if (received.state === "ok") values.push(received.value);
      else await yieldNow();
    }
  },
  async answer(from, to, n) {
    for (let i = 0; i < n; i++) await to.send(await from.receive() + 1);
  },
  async ask(to, from, n) {
    let last = 0;
    for (let i = 0; i < n; i++) {
      await to.send(last);
      last = await from.receive();
    }
    return last;
  },
  async serve(questions) {
    let served = 0;
    for await (const { n, reply } of questions) {
      await reply.send(n * 2);
      served++;
    }
    return served;
  },
  async inquire(questions, count) {
    const answers: number[] = [];
    for (let n = 0; n < count; n++) {
      const reply: Channel<number> = chan();
      await questions.send({ n, reply });
      answers.push(await reply.receive());
    }
    questions.close();
    return answers;
  },
  async copy(from, to) {
    let copied = 0;
    for await (const value of from) {
      await to.send(value);
      copied++;
    }
    to.close();
    return copied;
  },
  async attemptSend(to, value) {
    try {
      await to.send(value);
      return "sent";
    } catch (error) {
      return (error as Error).name;
    }
  },
  async attemptReceive(from) {
    try {
      return await from.receive();
    } catch (error) {
      return described(error);
    }
  },
  async selectReceives(from) {
    const received: [number, unknown][] = [];
    const open: (typeof from[number] | false)[] = [...from];
    while (open.some((port) => port !== false)) {
      const { case: index, value, closed } = await select(open);
      if (closed) open[index] = false;
      else received.push([index, value]);
    }
    return received;
  },
  async selectSends(to, values) {
    const taken = to.map(() => 0);
    for (const value of values) {
      const { case: index } = await select(to.map((port) => sending(port, value)));
      taken[index]!++;
    }
    for (const port of to) port.close();
    return taken;
  },
  async selectBoth(to, from, n) {
    const received: number[] = [];
    let next = 0;
    while (next < n || received.length < n) {
      const chosen = await select({
        sent: next < n && sending(to, next),
        received: received.length < n && from,
      });
      if (chosen.case === "sent") next++;
      else received.push(chosen.value as number);
    }
    return received;
  },
  async sendImpatiently(to, from, until) {
    let tries = 0;
    for (let n = from; n < until; n++) {
      while (await late(to.send(n, patience(tries++))) === LATE);
    }
  },
  async receiveImpatiently(from) {
    const values: unknown[] = [];
    for (let tries = 0;; tries++) {
      try {
        const value = await late(from.receive(patience(tries)));
        if (value !== LATE) values.push(value);
      } catch (error) {
        if (error instanceof ChannelClosedError) return values;
        throw error;
      }
    }
  },
  async selectSendsImpatiently(to, until) {
    let tries = 0;
    for (let n = 0; n < until; n++) {
      const cases = to.map((port) => sending(port, n));
      while (await late(select(cases, patience(tries++))) === LATE);
    }
    for (const port of to) port.close();
  },
  async selectReceivesImpatiently(from) {
    const values: unknown[] = [];
    const open: (typeof from[number] | false)[] = [...from];
    for (let tries = 0; open.some((port) => port !== false); tries++) {
      const chosen = await late(select(open, patience(tries)));
      if (chosen === LATE) continue;
      if (chosen.closed) open[chosen.case] = false;
      else values.push(chosen.value);
    }
    return values;
  },
  async sendUntilRefused(to) {
    for (let n = 0;; n++) {
      try {
        await to.send(n);
      } catch (error) {
        if (error instanceof ChannelClosedError) return n;
        throw error;
      }
    }
  },
  async sendBatchesUntilRefused(to, size) {
    for (let n = 0;; n += size) {
      try {
        await to.sendMany(Float64Array.from({ length: size }, (_, i) => n + i));
      } catch (error) {
        if (error instanceof ChannelClosedError) return n + (error.sent ?? NaN);
        throw error;
      }
    }
  },
  async receiveThenClose(from, n) {
    const values = await awaiting.receiveSome(from, n);
    from.close();
    return [...values, ...(await awaiting.receiveAll(from)).values];
  },
  async receiveThenRetire(from, n) {
    const values = await awaiting.receiveSome(from, n);
    from.retire();
    return values;
  },
  async sendByCarried(carrier, from, until) {
    await awaiting.sendRangeAndRetire(await carrier.receive(), from, until);
  },
  giveBack(value) {
    return Promise.resolve(value);
  },
  async sendThings(to, probe) {
    const { values, moved } = things(probe);
    for (const value of values) await to.send(value);
    return moved.map((buffer) => buffer.byteLength);
  },
  async receiveThings(from, n) {
    const said: string[] = [];
    while (said.length < n) said.push(recognised(await from.receive()));
    return said;
  },
  async tryEither(either, go, done, n) {
    let found = 0;
    for (let i = 0; i < n; i++) {
      await go.receive();
      const ready = trySelect(either) !== undefined;
      if (ready) found++;
      await done.send(ready);
    }
    return found;
  },
};

/** An operation ran out of time. */
const LATE = Symbol("late");

/** The outcome of an operation, LATE if it ran out of time. */
async function late<T>(operation: Promise<T>): Promise<T | typeof LATE> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof TimeoutError) return LATE;
    throw error;
  }
}
