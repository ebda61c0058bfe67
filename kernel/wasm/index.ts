/** What the kernel exports. */
export { begin, enter, leave } from "./desk";
export { allocate, classAt, fill, free, isFree } from "./blocks";
export { announceNow as announce, release, ring, settleNow as settle } from "./tickets";
export { inherit, lock, unlock } from "./gates";
export {
  claimEnd,
  give,
  giveFirst,
  own,
  putBack,
  putBackEnd,
  take,
  takeBack,
  takeUp,
  takeUpEnd,
  written,
} from "./hand";
export { link, unlink } from "./lists";
export {
  catchUp,
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
export { clearHolder, create, dispose, endFlight, holds, setHolder } from "./lifetime";
export {
  acquire,
  addToCounter,
  addToGroup,
  countOf,
  createLock,
  dropHeld,
  heldBy,
  mendLock,
  releaseLock,
  startAcquire,
} from "./locks";
export { addEnd, markAfter, retireEnd } from "./ends";
