/**
 * Decodes the objects that are not plain data: dates, buffers and views, errors, handles, instances, streams.
 *
 * @module
 */

import type { Decoder } from "./decoder.ts";
import { errorFields, newError } from "./error_classes.ts";
import { NotShareableError } from "./errors.ts";
import { kindNamed } from "./kinds.ts";
import { damaged } from "./reader.ts";
import { define } from "./shapes.ts";
import { shareableNamed } from "./shareable.ts";
import { adopt } from "./shared_memory.ts";
import { bridgedStream } from "./streams.ts";
import {
  BUFFER,
  DATE,
  END,
  ERROR,
  HANDLE,
  HAS_CAUSE,
  HAS_ERROR,
  HAS_ERRORS,
  HAS_MESSAGE,
  HAS_NAME,
  HAS_STACK,
  HAS_SUPPRESSED,
  INSTANCE,
  REGEXP,
  RESIZABLE,
  SHARED,
  SIDE,
  STREAM,
  VIEW,
  VIEWS,
} from "./wire.ts";

/** The value behind `tag`, which is none of those in decode.ts. */
export function decodeSpecial(decoder: Decoder, tag: number): unknown {
  const { input } = decoder;
  switch (tag) {
    case DATE:
      return decoder.add(new Date(input.float64()));
    case REGEXP: {
      const source = text(decoder);
      return decoder.add(new RegExp(source, text(decoder)));
    }
    case BUFFER:
      return decoder.add(input.aligned(input.varint()).buffer);
    case RESIZABLE:
      return resizable(decoder);
    case VIEW:
      return view(decoder);
    case SIDE:
      return decoder.add(decoder.aside(input.varint()));
    case SHARED: {
      const come = decoder.aside(input.varint());
      const number = input.float64();
      if (!(come instanceof SharedArrayBuffer)) throw damaged("shared memory is missing");
      return decoder.add(adopt(number, come));
    }
    case STREAM: {
      const form = input.byte();
      const from = input.varint();
      const at = input.varint();
      const ports = [decoder.aside(at)];
      if (form === 2) ports.push(decoder.aside(at + 1));
      return decoder.add(bridgedStream(form, ports as MessagePort[], from));
    }
    case ERROR:
      return error(decoder);
    case HANDLE:
      return handle(decoder);
    case INSTANCE:
      return instance(decoder);
    default:
      throw damaged(`there is no tag ${tag}`);
  }
}

function text(decoder: Decoder): string {
  return decoder.string(decoder.input.byte());
}

function resizable(decoder: Decoder): ArrayBuffer {
  const { input } = decoder;
  const size = input.varint();
  const maxByteLength = input.float64();
  const bytes = input.aligned(size);
  const buffer = new ArrayBuffer(size, { maxByteLength });
  new Uint8Array(buffer).set(bytes);
  return decoder.add(buffer);
}

function view(decoder: Decoder): unknown {
  const { input } = decoder;
  const number = decoder.open();
  const kind = input.byte();
  const offset = input.varint();
  const length = input.varint();
  const buffer = decoder.value(input.byte());
  const View = VIEWS[kind];
  if (View === undefined) throw damaged(`there is no view class ${kind} here`);
  if (!(buffer instanceof ArrayBuffer) && !(buffer instanceof SharedArrayBuffer)) {
    throw damaged("a view has no buffer");
  }
  return decoder.fill(number, length === 0 ? new View(buffer, offset) : new View(buffer, offset, length - 1));
}

function error(decoder: Decoder): unknown {
  const { input } = decoder;
  const cls = text(decoder);
  const flags = input.byte();
  const message = flags & HAS_MESSAGE ? text(decoder) : undefined;
  const name = flags & HAS_NAME ? text(decoder) : undefined;
  const stack = flags & HAS_STACK ? text(decoder) : undefined;
  const error = decoder.add(newError(cls, message, name) ?? newError("Error", message, name)!);
  errorFields(error, cls, message, name, stack);
  if (flags & HAS_CAUSE) define(error, "cause", decoder.closed(), false);
  if (flags & HAS_ERRORS) define(error, "errors", decoder.closed(), false);
  if (flags & HAS_ERROR) define(error, "error", decoder.closed(), false);
  if (flags & HAS_SUPPRESSED) define(error, "suppressed", decoder.closed(), false);
  for (;;) {
    const tag = input.byte();
    if (tag === END) return error;
    const key = decoder.string(tag);
    define(error, key, decoder.closed());
  }
}

function handle(decoder: Decoder): unknown {
  const number = decoder.open();
  const name = text(decoder);
  const description = decoder.closed();
  const kind = kindNamed(name);
  if (kind === undefined) throw damaged(`handles of kind "${name}" are unknown here`);
  return decoder.fill(number, kind.decode(description as never));
}

function instance(decoder: Decoder): unknown {
  const number = decoder.open();
  const name = text(decoder);
  const value = decoder.closed();
  const cls = shareableNamed(name);
  if (cls === undefined) {
    throw new NotShareableError(
      `Cannot receive an instance of "${name}": no class is registered under this name here, ` +
        "call registerShareable at the top level of a module that both interpreters load",
      { path: "value" },
    );
  }
  return decoder.fill(number, cls.fromShared(value as never));
}
