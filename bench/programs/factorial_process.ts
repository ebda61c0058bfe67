/** A child process of the factorial benchmark: says that it is ready, then the result for its arguments in hexadecimal. */

import { factorial } from "./factorial.ts";

// On Deno the mere mention of `process` loads its Node compatibility: a plain program would not pay for it.
const { Deno } = globalThis as { Deno?: { args: string[] } };
const [n, times] = (Deno === undefined ? process.argv.slice(2) : Deno.args).map(Number);

console.log("ready");
console.log(factorial(n!, times!).toString(16));
