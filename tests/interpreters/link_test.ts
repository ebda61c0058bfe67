/** A link's two carriers against each other: whatever goes by which, and however late the port is, it is heard in order. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  joinLink,
  type Link,
  type LinkEnds,
  type Message,
  openLink,
  type Posted,
} from "../../interpreters/link.ts";
import type { Letter, Order } from "../../interpreters/protocol.ts";
import { randomBelow } from "../_random.ts";

/** What is posted in one direction and has not arrived. */
class Port {
  readonly #posted: Posted[] = [];
  #next = 0;

  get isEmpty(): boolean {
    return this.#next === this.#posted.length;
  }

  push(message: Posted): void {
    this.#posted.push(message);
  }

  shift(): Posted {
    return this.#posted[this.#next++]!;
  }
}

interface Side {
  link: Link;
  readonly heard: number[];
  readonly port: Port;
}

/** Both sides of a link in one thread, with ports that deliver when they are told to. */
function connect(): { main: Side; inner: Side } {
  const toInner = new Port();
  const toMain = new Port();
  const heardByMain: number[] = [];
  const heardByInner: number[] = [];
  function ends(port: Port, heard: number[]): LinkEnds {
    return {
      post(message) {
        port.push(message);
      },
      hear(message: Message) {
        if ("key" in message) heard.push(message.key);
      },
    };
  }
  const main = openLink(ends(toInner, heardByMain));
  const order = toInner.shift() as Order & { t: "rings" };
  const inner = joinLink(ends(toMain, heardByInner), order);
  return {
    main: { link: main, heard: heardByMain, port: toInner },
    inner: { link: inner, heard: heardByInner, port: toMain },
  };
}

function letter(key: number): Letter {
  return { from: 0, to: 1, key, t: "pull", credit: 1 };
}

function send(side: Side, key: number, byPort: boolean): void {
  if (byPort || !side.link.send(letter(key))) side.link.post(letter(key));
}

/** Lets what was posted arrive, one by one. */
function deliver(from: Side, to: Side, most = Infinity): void {
  for (let i = 0; i < most && !from.port.isEmpty; i++) to.link.arrived(from.port.shift());
}

describe("Link", () => {
  test("Link.send() is heard after what was posted before, once that has arrived", () => {
    const { main, inner } = connect();
    send(main, 1, false);
    send(main, 2, true);
    send(main, 3, false);
    send(main, 4, true);
    inner.link.finish();
    assert.deepEqual(inner.heard, [1]);
    deliver(main, inner, 1);
    assert.deepEqual(inner.heard, [1, 2, 3]);
    deliver(main, inner);
    assert.deepEqual(inner.heard, [1, 2, 3, 4]);
  });

  test("Link.post() is heard after what was sent before, even if it arrives first", () => {
    const { main, inner } = connect();
    for (let key = 1; key <= 5; key++) send(main, key, false);
    send(main, 6, true);
    deliver(main, inner);
    assert.deepEqual(inner.heard, [1, 2, 3, 4, 5, 6]);
  });

  test("Link.send() of the side that joins waits for its first message", () => {
    const { main, inner } = connect();
    send(inner, 1, false);
    main.link.finish();
    assert.deepEqual(main.heard, []);
    deliver(inner, main);
    assert.deepEqual(main.heard, [1]);
  });

  test("Link keeps the order in any mixture of carriers, delays and floods", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    const random = randomBelow(seed);
    const { main, inner } = connect();
    deliver(inner, main);
    let sent = 0;
    for (let round = 0; round < 400; round++) {
      // Now and then more than the ring holds.
      const flood = random(50) === 0 ? 60_000 : random(30);
      for (let i = 0; i < flood; i++) send(main, ++sent, random(4) === 0 && flood < 100);
      if (random(2) === 0) deliver(main, inner, random(10));
      if (random(3) === 0) inner.link.readUntil(performance.now());
    }
    deliver(main, inner);
    inner.link.finish();
    assert.equal(inner.heard.length, sent);
    assert.ok(inner.heard.every((key, i) => key === i + 1));
  });

  test("Link.close() hears nothing more, whatever is there", () => {
    const { main, inner } = connect();
    send(main, 1, false);
    send(main, 2, true);
    inner.link.close();
    deliver(main, inner);
    inner.link.finish();
    assert.deepEqual(inner.heard, []);
  });
});
