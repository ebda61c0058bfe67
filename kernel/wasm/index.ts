/** What the kernel exports. */
export { begin, enter, leave } from "./desk";
export { allocate, classAt, fill, free, isFree } from "./blocks";
export { announce, release, ring, settle } from "./tickets";
export { inherit, lock, unlock } from "./gates";
export { inHand, takeBack, takeUp, written } from "./hand";
export { link, unlink } from "./lists";
export {
  close,
  collect,
  drain,
  enlist,
  giveUp,
  glance,
  match,
  readyTogether,
  receive,
  receiveNumbers,
  seal,
  sendNumber,
  sendNumbers,
  sendTag,
  setNumber,
  setTag,
  size,
  startReceive,
  startSendNumber,
  startSendTag,
  withdraw,
} from "./channel";
export { reserve } from "./tickets";
export { addFlight, clearHolder, create, dispose, endFlight, holds, setHolder } from "./lifetime";
export { addEnd, closeAfter, retireEnd } from "./ends";
