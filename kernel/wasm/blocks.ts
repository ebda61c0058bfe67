/**
 * The allocator: blocks of powers of two of bytes from free lists, one for each class.
 *
 * *Invariants.* A block is in a free list, or its META names a kind and an owner, or the desk of one interpreter names it
 * in DESK_BLOCK. A page below HEAP_NEXT is divided (PAGE_READY), is being divided by the interpreter it names, or is the
 * rest of a run.
 *
 * *Memory.* Free lists are Treiber stacks; a count in the head's high half tells a list that has changed and changed
 * back. Pages are given out under one lock, which is rare.
 *
 * *Source.* Treiber's stack; segregated fits of powers of two.
 */
import {
  CLASS_MAX,
  CLASS_MIN,
  CLASSES,
  DATA_REFS,
  DESK_BLOCK,
  FIRST_PAGE,
  FREE,
  HEAP_LOCK,
  HEAP_NEXT,
  LINK,
  META,
  OWNER_SHIFT,
  PAGE_CLASS,
  PAGE_READY,
  PAGE_REST,
  PAGE_SHIFT,
  PAGE_TABLE,
} from "../heap_layout";
import { desk, isCut, me, pause } from "./desk";
import { stop } from "./stop";

// @ts-ignore: decorator
@inline
function classOf(bytes: u32): i32 {
  return bytes <= 1 << CLASS_MIN ? CLASS_MIN : 32 - clz<i32>(<i32> (bytes - 1));
}

/** Class of a block in use or free. */
// @ts-ignore: decorator
@inline
export function classAt(block: usize): i32 {
  return load<i32>(<usize> PAGE_TABLE + ((block >>> PAGE_SHIFT) << 2)) & PAGE_CLASS;
}

/** A block of at least `bytes`, owned by this interpreter, contents undefined but for DATA_REFS; 0 when no memory is left. */
export function allocate(bytes: u32, kind: i32): usize {
  if (bytes > <u32> 1 << CLASS_MAX || isCut()) return 0;
  const size = classOf(bytes);
  const head: usize = CLASSES + (size << 6);
  while (true) {
    const before = atomic.load<i64>(head);
    const block = <usize> <u32> before;
    if (block == 0) {
      if (!divide(size)) return 0;
      continue;
    }
    const next = <i64> load<u32>(block, LINK);
    store<u32>(desk, block, DESK_BLOCK);
    stop(1);
    if (atomic.cmpxchg<i64>(head, before, ((before >>> 32) + 1) << 32 | next) == before) {
      stop(2);
      // A data block refers to nothing as long as nothing was written: recovery may read it at any time.
      store<i64>(block, 0, DATA_REFS);
      atomic.store<i32>(block, kind | me << OWNER_SHIFT, META);
      store<u32>(desk, 0, DESK_BLOCK);
      return block;
    }
  }
}

/** Gives a block back. */
export function free(block: usize): void {
  // Cut off: what it has is given back by main.
  if (isCut()) return;
  store<u32>(desk, block | 1, DESK_BLOCK);
  stop(3);
  atomic.store<i32>(block, FREE, META);
  store<u32>(desk, block, DESK_BLOCK);
  stop(4);
  push(block, block, CLASSES + (classAt(block) << 6));
  store<u32>(desk, 0, DESK_BLOCK);
}

/** Puts a chain of free blocks on a free list. */
function push(first: usize, last: usize, head: usize): void {
  while (true) {
    const before = atomic.load<i64>(head);
    store<u32>(last, <u32> before, LINK);
    if (atomic.cmpxchg<i64>(head, before, ((before >>> 32) + 1) << 32 | <i64> first) == before) return;
  }
}

/** Makes blocks of a class; false when no memory is left. */
function divide(size: i32): bool {
  const pages = size <= PAGE_SHIFT ? 1 : 1 << (size - PAGE_SHIFT);
  for (let spins = 0; atomic.cmpxchg<i32>(HEAP_LOCK, 0, me) != 0; spins++) pause(spins);
  stop(5);
  if (<u32> atomic.load<i64>(CLASSES + (size << 6)) != 0) {
    atomic.store<i32>(HEAP_LOCK, 0);
    return true;
  }
  let page = atomic.load<i32>(HEAP_NEXT);
  if (page == 0) page = FIRST_PAGE;
  if (page + pages > 65535) {
    atomic.store<i32>(HEAP_LOCK, 0);
    return reuse(size);
  }
  if (!reach(page + pages)) {
    atomic.store<i32>(HEAP_LOCK, 0);
    return reuse(size);
  }
  atomic.store<i32>(PAGE_TABLE + (page << 2), size | me << 16);
  for (let rest = 1; rest < pages; rest++) atomic.store<i32>(PAGE_TABLE + ((page + rest) << 2), PAGE_REST);
  stop(6);
  atomic.store<i32>(HEAP_NEXT, page + pages);
  atomic.store<i32>(HEAP_LOCK, 0);
  stop(7);
  fill(page, size);
  return true;
}

/** Divides a fresh page; also what recovery does for one that a dead interpreter left. */
export function fill(page: i32, size: i32): void {
  const first: usize = <usize> page << PAGE_SHIFT;
  let last = first;
  if (size < PAGE_SHIFT) {
    const step: usize = <usize> 1 << size;
    for (let block = first + step; block < first + (1 << PAGE_SHIFT); block += step) {
      store<u32>(last, block, LINK);
      last = block;
    }
  }
  stop(8);
  push(first, last, CLASSES + (size << 6));
  stop(9);
  atomic.store<i32>(PAGE_TABLE + (page << 2), size | PAGE_READY);
}

/** Lets the memory have that many pages; under the heap lock. It grows in large steps, views of it go stale rarely. */
function reach(pages: i32): bool {
  const have = memory.size();
  if (pages <= have) return true;
  let want = have * 2;
  if (want - have > 4096) want = have + 4096;
  if (want < pages) want = pages;
  if (want > 65535) want = 65535;
  return memory.grow(want - have) >= 0 || memory.grow(pages - have) >= 0;
}

/** No pages are left: cuts a larger free run of pages into runs of this class. */
function reuse(size: i32): bool {
  if (size < PAGE_SHIFT) return false;
  for (let larger = size + 1; larger <= CLASS_MAX; larger++) {
    const head: usize = CLASSES + (larger << 6);
    while (true) {
      const before = atomic.load<i64>(head);
      const block = <usize> <u32> before;
      if (block == 0) break;
      const next = <i64> load<u32>(block, LINK);
      if (atomic.cmpxchg<i64>(head, before, ((before >>> 32) + 1) << 32 | next) != before) continue;
      split(block, larger, size);
      return true;
    }
  }
  return false;
}

function split(block: usize, larger: i32, size: i32): void {
  const step: usize = <usize> 1 << size;
  const end = block + (<usize> 1 << larger);
  for (let part = block; part < end; part += step) {
    atomic.store<i32>(part, FREE, META);
    atomic.store<i32>(<usize> PAGE_TABLE + ((part >>> PAGE_SHIFT) << 2), size | PAGE_READY);
    push(part, part, CLASSES + (size << 6));
  }
}

/**
 * For recovery: whether a free list has a block at `from` or behind it, before `to`; all of one class. The list is taken as
 * a whole and put back: walked in place, it could change underfoot.
 */
export function isFree(from: usize, to: usize): bool {
  const head: usize = CLASSES + (classAt(from) << 6);
  let before = atomic.load<i64>(head);
  while (true) {
    if (<u32> before == 0) return false;
    const seen = atomic.cmpxchg<i64>(head, before, ((before >>> 32) + 1) << 32);
    if (seen == before) break;
    before = seen;
  }
  const first = <usize> <u32> before;
  let last = first;
  let found = false;
  for (let at = first; at != 0; at = <usize> load<u32>(at, LINK)) {
    if (at >= from && at < to) found = true;
    last = at;
  }
  push(first, last, head);
  return found;
}
