/**
 * The library itself, as sent code sees it under the name `csp` and by `import("@pool/csp")`: loaded at first need.
 * The one place that imports upwards, and only by dynamic import: an interpreter that nobody asks for it never loads it.
 */
import { loadLater, loadModule } from "../runtime/inner.ts";

type Module = Record<string, unknown>;

/** `@pool/csp`, `jsr:@pool/csp`, with a version and a sub-path. */
const OWN_SPECIFIER = /^(?:jsr:\/?)?@pool\/csp(?:@[^/]*)?(?:\/(\w+))?$/;

/** The sub-paths that programs import. */
const PARTS: readonly string[] = ["interpreters", "channels", "csp", "sharing"];

/** All of the library: the module `mod.ts`. */
export function loadLibrary(): Promise<Module> {
  return loadLater("../mod", import.meta.url);
}

/** Makes the kinds of handles known: channels, interpreters, signals. */
export async function loadHandles(): Promise<void> {
  (await loadLater<typeof import("./handles.ts")>("./handles", import.meta.url)).learnHandles();
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
  if (part === undefined) return loadLibrary();
  if (!PARTS.includes(part)) {
    throw new TypeError(`Cannot import "@pool/csp/${part}": there are ${PARTS.join(", ")}`);
  }
  return loadLater(`../${part}/mod`, import.meta.url);
}
