/**
 * Which functions an interpreter may run before its machinery is loaded (see `entry.ts`): those that can do nothing but
 * compute, return and throw. They reach no thread, start nothing that ends later, and wait for nothing.
 */

/** Globals that only compute. */
const COMPUTING: ReadonlySet<string> = new Set([
  ..."undefined NaN Infinity Math JSON Object Array String Number Boolean BigInt Symbol Date RegExp Intl"
    .split(" "),
  ..."Map Set ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array".split(
    " ",
  ),
  ..."Uint16Array Int32Array Uint32Array Float16Array Float32Array Float64Array BigInt64Array".split(" "),
  ..."BigUint64Array parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent".split(" "),
  ..."encodeURI decodeURI escape unescape Error TypeError RangeError SyntaxError EvalError URIError".split(
    " ",
  ),
  ..."ReferenceError AggregateError performance arguments TextEncoder TextDecoder".split(" "),
]);

/** What leads out of them: promises by syntax, every constructor's constructor, and names written in escapes. */
const LEADS_OUT = /\basync\b|\bconstructor\b|\bfromAsync\b|\\u/;

/** Whether a function with these free names and this text only computes. */
export function onlyComputes(free: Iterable<string>, text: string): boolean {
  for (const name of free) if (!COMPUTING.has(name)) return false;
  return !LEADS_OUT.test(text);
}
