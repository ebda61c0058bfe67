/** What the threads of tinypool and piscina load: the tiny task. */
export default function increment(n) {
  return n + 1;
}
