import { test } from "node:test";
import assert from "node:assert/strict";
import { decode } from "../../sharing/decode.ts";
import { encode } from "../../sharing/encode.ts";
import { NotShareableError } from "../../sharing/errors.ts";
import { isShareable } from "../../sharing/is_shareable.ts";
import { registerKind, registerKindsLate } from "../../sharing/kinds.ts";
import { registerShareable, toShared } from "../../sharing/shareable.ts";
import { there } from "./same.ts";

class Point {
  x: number;
  y: unknown;
  constructor(x: number, y: unknown) {
    this.x = x;
    this.y = y;
  }
  [toShared](): { x: number; y: unknown } {
    return { x: this.x, y: this.y };
  }
  static fromShared({ x, y }: { x: number; y: unknown }): Point {
    return new Point(x, y);
  }
}
registerShareable("Point", Point);

test("registerShareable() makes instances cross at any depth, one object once", () => {
  const point = new Point(1, new Point(2, [new Map()]));
  const copy = there({ list: [point, point], map: new Map([[point, point.y]]) }) as {
    list: Point[];
    map: Map<Point, Point>;
  };
  assert.ok(copy.list[0] instanceof Point);
  assert.deepEqual(copy.list[0], point);
  assert.equal(copy.list[0], copy.list[1]);
  assert.equal(copy.map.get(copy.list[0]), copy.list[0].y);
});

test("registerShareable() keeps what is nested deeply complete for fromShared()", () => {
  let inner: unknown = "end";
  for (let i = 0; i < 5000; i++) inner = { inner };
  let depth = 0;
  class Counter {
    [toShared](): unknown {
      return inner;
    }
    static fromShared(value: { inner?: unknown }): Counter {
      for (let at: unknown = value; typeof at === "object"; at = (at as { inner: unknown }).inner) depth++;
      return new Counter();
    }
  }
  registerShareable("Counter", Counter);
  assert.ok((there([inner, [[new Counter()]]]) as Counter[][][])[1]![0]![0] instanceof Counter);
  inner = { copied: inner };
  depth = 0;
  there({ counter: new Counter() });
  assert.equal(depth, 1);
});

test("encode() refuses an instance that contains itself, and very deep instances", () => {
  const point = new Point(1, undefined);
  point.y = [point];
  assert.throws(() => encode(point, "value"), { name: "NotShareableError", message: /contains itself/ });
  let deep = new Point(0, null);
  for (let i = 0; i < 100_000; i++) deep = new Point(i, deep);
  assert.throws(() => encode(deep, "value"), { name: "NotShareableError", message: /too deeply/ });
  let list = new Point(0, null);
  for (let i = 0; i < 300; i++) list = new Point(i, list);
  assert.equal((there(list) as Point).x, 299);
});

test("encode() names the path through an instance and lets its errors through", () => {
  assert.throws(() => encode([new Point(1, { f() {} })], "args[1]"), { path: "args[1][0].y.f" });
  class Failing {
    [toShared](): unknown {
      throw new RangeError("mine");
    }
    static fromShared(): Failing {
      return new Failing();
    }
  }
  registerShareable("Failing", Failing);
  assert.throws(() => encode(new Failing(), "value"), { name: "RangeError", message: "mine" });
  assert.equal(isShareable(new Failing()), false);
});

test("decode() throws NotShareableError for an unknown class, and what fromShared() throws", () => {
  class Odd {
    [toShared](): number {
      return 1;
    }
    static fromShared(): Odd {
      throw new RangeError("not here");
    }
  }
  registerShareable("Odd-one", Odd);
  const { wire } = encode(new Odd(), "value");
  assert.throws(() => decode(wire), { name: "RangeError", message: "not here" });
  const at = wire.bytes.indexOf("-".charCodeAt(0));
  wire.bytes[at] = "_".charCodeAt(0);
  assert.throws(() => decode(wire), { name: "NotShareableError", message: /"Odd_one"/ });
});

test("registerShareable() checks what it is given", () => {
  registerShareable("Point", Point);
  class Other extends Point {}
  assert.throws(() => registerShareable("Point", Other), { name: "TypeError", message: /another class/ });
  assert.throws(() => registerShareable("Point2", Point), {
    name: "TypeError",
    message: /registered as "Point"/,
  });
  assert.throws(() => registerShareable("", Other), TypeError);
  assert.throws(() => registerShareable("X", class {} as never), { name: "TypeError", message: /toShared/ });
  assert.throws(
    () =>
      registerShareable(
        "X",
        class {
          [toShared](): number {
            return 1;
          }
        } as never,
      ),
    { name: "TypeError", message: /fromShared/ },
  );
  assert.throws(() => encode(new Other(1, 2), "value"), { message: /instance of Other.*registerShareable/ });
});

test("registerKindsLate() registers when a handle of a name arrives, or an object of a prototype leaves, and once", () => {
  class Early {}
  const registered: string[] = [];
  function register(name: string, prototype: object): void {
    registered.push(name);
    registerKind(prototype, { name, encode: () => null, decode: () => Object.create(prototype) });
  }
  registerKindsLate(() => register("test-early", Early.prototype), ["test-early"], [Early.prototype]);
  assert.throws(() => encode(new (class Other {})(), "value"), NotShareableError);
  assert.deepEqual(registered, []);
  const { wire } = encode([new Early(), new Early()], "value");
  assert.ok((decode(wire) as Early[]).every((value) => value instanceof Early));
  assert.deepEqual(registered, ["test-early"]);

  // One that nobody knows yet, made of one that is known: names of the same length.
  class Later {}
  registerKindsLate(() => register("test-later", Later.prototype), ["test-later"], []);
  const at = wire.bytes.findIndex((_, i) => String.fromCharCode(...wire.bytes.slice(i, i + 5)) === "early");
  wire.bytes.set(new TextEncoder().encode("later"), at);
  assert.ok((decode(wire) as Later[])[0] instanceof Later);
  assert.deepEqual(registered, ["test-early", "test-later"]);
});

test("registerKind() makes handles cross and marks the wire", () => {
  class Handle {
    id: number;
    constructor(id: number) {
      this.id = id;
    }
  }
  const known = new Map<number, Handle>();
  const kind = {
    name: "test-handle",
    encode: (handle: Handle): unknown => ({ id: handle.id }),
    decode({ id }: { id: number }): Handle {
      const handle = known.get(id) ?? new Handle(id);
      known.set(id, handle);
      return handle;
    },
  };
  registerKind(Handle.prototype, kind);
  registerKind(Handle.prototype, kind);
  const handle = new Handle(5);
  known.set(5, handle);
  const { wire } = encode([handle, { handle }], "value");
  assert.equal(wire.handles, true);
  assert.equal(encode([1], "value").wire.handles, undefined);
  const copy = decode(wire) as [Handle, { handle: Handle }];
  assert.ok(copy[0] === handle && copy[1].handle === handle);
  assert.throws(() => registerKind(new Handle(0), { ...kind }), TypeError);
  const at = wire.bytes.lastIndexOf("-".charCodeAt(0));
  wire.bytes[at] = 63;
  assert.throws(() => decode(wire), /test\?handle/);
});
