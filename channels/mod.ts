/**
 * Channels between processes, in one interpreter or in several.
 *
 * @module
 */
export { chan, promiseChan } from "./api.ts";
export { Channel, type ChannelOptions } from "./channel.ts";
export { Receiver, type ReceivePort, Sender, type SendPort } from "./ends.ts";
export { ChannelClosedError, ChannelError, PeerLostError, TimeoutError } from "./errors.ts";
export {
  type Awaitable,
  filter,
  fromIterable,
  fromReadableStream,
  into,
  map,
  merge,
  type Mix,
  mix,
  type MixState,
  type Mult,
  mult,
  pipe,
  type PipeOptions,
  type Pub,
  pub,
  type ReceivedFrom,
  reduce,
  type SoloMode,
  split,
  take,
  zip,
} from "./operators_api.ts";
export { after, at, every, never, type Ticker } from "./timers_api.ts";
export type { BlockOptions, Overflow, TryReceived, WaitOptions } from "./form.ts";
