/**
 * Moves marked values without leaving the interpreter: the old objects are detached or locked, new ones own what they
 * owned. A protocol file.
 */
import { movePorts } from "../runtime/mod.ts";
import { isMovedPort, type Moved, notePortMoved, streamForm } from "./move.ts";
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
        `${
          buffer === target ? "this ArrayBuffer" : "the buffer of this view"
        } is detached, it was moved before`,
      );
    }
  } else if (isMovedPort(target)) {
    throw new Refusal("this MessagePort was moved before");
  } else if (partsOf(target).some(({ locked }) => locked)) {
    throw new Refusal("this stream is locked and cannot be moved, release its reader or writer first");
  }
}

/**
 * Moves what `marks` stand for, all of it or nothing: {@link checkMovable} passes for each. `references` are other views of
 * the buffers among them, and these buffers themselves. Gives for each old object its new one.
 */
export function moveHere(marks: readonly Moved[], references: readonly object[]): Map<object, object> {
  const targets = new Set(marks.map(({ target }) => target));
  const streams = [...targets].filter((target) => streamForm(target) !== undefined);
  const ports = [...targets].filter((target) => target instanceof MessagePort);
  const views = [...targets, ...references].filter((target) => bufferOf(target) !== undefined);
  const moved = new Map<object, object>();
  // Ports first: of nothing else it is unknown whether it can be moved.
  if (ports.length > 0) { for (const [i, port] of renewed(ports).entries()) moved.set(ports[i]!, port); }
  for (const port of ports) notePortMoved(port);
  if (views.length > 0) {
    const transfer = [...new Set(views.map((view) => bufferOf(view)!))];
    for (const [i, view] of structuredClone(views, { transfer }).entries()) moved.set(views[i]!, view);
  }
  for (const stream of streams) moved.set(stream, continued(stream));
  return moved;
}

function renewed(ports: readonly MessagePort[]): MessagePort[] {
  try {
    return movePorts(ports);
  } catch {
    throw new Refusal("a MessagePort in it cannot be moved, it was moved before");
  }
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
