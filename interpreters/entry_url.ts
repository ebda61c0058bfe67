/** Where a thread starts: `.ts` beside the source, `.js` beside compiled code. */
export const entryUrl: URL = new URL(
  import.meta.url.endsWith(".js") ? "./entry.js" : "./entry.ts",
  import.meta.url,
);
