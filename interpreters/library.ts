/**
 * The library itself, as sent code sees it under the name `csp` and by `import("@pool/csp")`: loaded at first need.
 * The one place that imports upwards, and only by dynamic import: an interpreter that nobody asks for it never loads it.
 */
import { loadModule } from "../runtime/inner.ts";

type Module = Record<string, unknown>;

/** `@pool/csp`, `jsr:@pool/csp`, with a version and a sub-path. */
const OWN_SPECIFIER = /^(?:jsr:\/?)?@pool\/csp(?:@[^/]*)?(?:\/(\w+))?$/;

/** All of the library: the module `mod.ts`. */
export function loadLibrary(): Promise<Module> {
  return import("../mod.ts") as Promise<Module>;
}

/** Makes the kinds of handles known: interpreters, signals. */
export async function loadHandles(): Promise<void> {
  (await import("#engines")).interpreters();
}

/** What `import(specifier)` in sent code does. */
export async function importSent(specifier: unknown, options?: ImportCallOptions): Promise<Module> {
  const text = String(specifier);
  const own = OWN_SPECIFIER.exec(text);
  if (own !== null) return await loadOwn(own[1]);
  if (/^\.{0,2}\//.test(text)) {
    throw new TypeError(
      `Cannot import "${text}" from sent code: it has no file of its own; pass import.meta.resolve("${text}") as an argument`,
    );
  }
  return await loadModule(text, options);
}

function loadOwn(part: string | undefined): Promise<Module> {
  switch (part) {
    case undefined:
      return loadLibrary();
    case "interpreters":
      return import("./mod.ts") as Promise<Module>;
    case "channels":
      return import("../channels/mod.ts") as Promise<Module>;
    case "sharing":
      return import("../sharing/mod.ts") as Promise<Module>;
    case "csp":
      return import("../csp/mod.ts") as Promise<Module>;
    default:
      return loadModule(`@pool/csp/${part}`);
  }
}
