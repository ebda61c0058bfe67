/** Says how many milliseconds it takes to import the module at the URL given as argument. */

// On Deno the mere mention of `process` loads its Node compatibility: a plain program would not pay for it.
const { Deno } = globalThis as { Deno?: { args: string[] } };
const [url] = Deno === undefined ? process.argv.slice(2) : Deno.args;

const began = performance.now();
await import(url!);
console.log(performance.now() - began);
