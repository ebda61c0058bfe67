/**
 * Moves marked values without leaving the interpreter: the old objects are detached or locked, new ones own what they
 * owned. A protocol file.
 */
import { forgetMovable } from "./movable.ts";
import { Moved, streamForm } from "./move.ts";
import { Refusal, refuse } from "./refusal.ts";

export { Moved } from "./move.ts";
export { entrySegment, keySegment, Refusal } from "./refusal.ts";

/** Views that crossing knows: others would arrive as something else. */
const VIEWS: ReadonlySet<object> = new Set(
  Object.getOwnPropertyNames(globalThis)
    .filter((name) => /^(Big)?(Int|Uint|Float)\d+(Clamped)?Array$|^DataView$/.test(name))
    .map((name) => ((globalThis as Record<string, unknown>)[name] as { prototype: object }).prototype),
);

/** The buffer that `value` is or looks at, if it is not shared. */
export function bufferOf(value: unknown): ArrayBuffer | undefined {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  return buffer instanceof ArrayBuffer ? buffer : undefined;
}

/** Throws a `Refusal` when what the marker stands for cannot be moved any more. */
export function checkMovable({ target }: Moved): void {
  const buffer = bufferOf(target);
  if (buffer !== undefined) {
    if (buffer !== target && !VIEWS.has(Object.getPrototypeOf(target))) throw refuse(target);
    if (buffer.detached) {
      throw new Refusal(
        `${buffer === target ? "this ArrayBuffer" : "the buffer of this view"} is detached, it was moved before`,
      );
    }
  } else if (partsOf(target).some(({ locked }) => locked)) {
    throw new Refusal("this stream is locked and cannot be moved, release its reader or writer first");
  }
}

/**
 * Moves what `marks` stand for, all of it or nothing: {@link checkMovable} passes for each. `references` are other views of
 * the buffers among them, and these buffers themselves. Gives for each old object its new one.
 */
export function moveHere(marks: readonly Moved[], references: readonly object[]): Map<object, object> {
  const old: object[] = [];
  const transfer = new Set<Transferable>();
  const streams: object[] = [];
  for (const { target } of marks) {
    if (streamForm(target) !== undefined) {
      streams.push(target);
      continue;
    }
    old.push(target);
    transfer.add(bufferOf(target) ?? target as MessagePort);
  }
  old.push(...references);
  const moved = new Map<object, object>();
  if (transfer.size > 0) {
    const copies = structuredClone(old, { transfer: [...transfer] });
    for (const [i, copy] of copies.entries()) moved.set(old[i]!, copy);
  }
  for (const stream of streams) if (!moved.has(stream)) moved.set(stream, continued(stream));
  for (const mark of marks) forgetMovable(mark);
  return moved;
}

function partsOf(target: object): (ReadableStream | WritableStream)[] {
  const form = streamForm(target);
  if (form === undefined) return [];
  return form === 2
    ? [(target as TransformStream).readable, (target as TransformStream).writable]
    : [target as ReadableStream];
}

/** A stream that goes on where `stream` is now, and locks it. Nothing is read ahead. */
function continued(stream: object): object {
  const [first, second] = partsOf(stream).map((part) => {
    return part instanceof ReadableStream ? readOn(part) : writeOn(part);
  });
  if (second === undefined) return first!;
  return Object.defineProperties(Object.create(TransformStream.prototype) as object, {
    readable: { value: first },
    writable: { value: second },
  });
}

function readOn(stream: ReadableStream): ReadableStream {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function writeOn(stream: WritableStream): WritableStream {
  const writer = stream.getWriter();
  return new WritableStream({
    write: (chunk) => writer.write(chunk),
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason),
  });
}
