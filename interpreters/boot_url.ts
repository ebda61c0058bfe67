/** Where the boot module lives: `.ts` beside the source, `.js` beside compiled code. */
export const bootUrl: URL = new URL(
  import.meta.url.endsWith(".js") ? "./boot.js" : "./boot.ts",
  import.meta.url,
);
