/**
 * The work of the factorial benchmark.
 *
 * A longer call works the same factorial out more often, it does not take a larger one: engines keep numbers over some
 * 100 KB apart from their heap, so that two threads multiplying such numbers wait for the kernel's memory map, not for
 * each other's arithmetic.
 */

/** The factorial of n by plain multiplication of big integers, worked out so many times and summed. */
export function factorial(n: number, times: number): bigint {
  let sum = 0n;
  for (let t = 0; t < times; t++) {
    let product = 1n;
    for (let i = 2n; i <= n; i++) product *= i;
    sum += product;
  }
  return sum;
}
