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
export { receiveIntegers, receiveNumbers, sendIntegers, sendNumbers } from "./batches";
export { receive, sendNumber, sendTag, size } from "./channel";
export { close, drain, seal } from "./closing";
export { catchUp, match } from "./matching";
export { glance, readyTogether } from "./readiness";
export {
  collect,
  enlist,
  giveUp,
  setNumber,
  setTag,
  startReceive,
  startSendNumber,
  startSendTag,
  withdraw,
} from "./waiting";
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
  moveCounter,
  releaseLock,
  startAcquire,
} from "./locks";
export { addEnd, markAfter, retireEnd } from "./ends";
