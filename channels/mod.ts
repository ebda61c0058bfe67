/**
 * Channels between processes, in one interpreter or in several.
 *
 * @module
 */
export { chan, promiseChan } from "./api.ts";
export { Channel, type ChannelOptions } from "./channel.ts";
export { type Filled, type ReceivePort, Receiver, Sender, type Sending, type SendPort } from "./ends.ts";
export { ChannelClosedError, ChannelError, LockError, PeerLostError, TimeoutError } from "./errors.ts";
export type { Awaitable, Mix, MixState, Mult, PipeOptions, Pub, ReceivedFrom, SoloMode } from "./hubs.ts";
export {
  filter,
  fromIterable,
  fromReadableStream,
  into,
  map,
  merge,
  mix,
  mult,
  pipe,
  pub,
  reduce,
  split,
  take,
  zip,
} from "./operators_api.ts";
export { after, at, every, never, type Ticker } from "./timers_api.ts";
export type { BlockOptions, Fillable, Overflow, TryReceived, WaitOptions } from "./form.ts";
