/**
 * The boot module of interpreters, exported as `@pool/csp/worker`: name it where a bundler or `deno compile` wants to be
 * told what threads load. Programs have no use for it.
 *
 * It is `entry.ts`, what a thread starts with, and a list of the modules that the library loads when they are needed:
 * literal here, so that they are part of the package, and nowhere else (see `runtime/load_later.ts`).
 *
 * @module
 */
import "./entry.ts";

/** Never called: what it names is loaded by `loadLater`. */
export function loadedLater(): Promise<unknown>[] {
  return [
    import("./inside.ts"),
    import("./office_worker.ts"),
    import("./incoming.ts"),
    import("./link.ts"),
    import("./import_referenced.ts"),
    import("./source/helpers.ts"),
    import("../sharing/stream_bridge.ts"),
    import("./pools/pool_worker.ts"),
    import("./handles.ts"),
    import("./mod.ts"),
    import("../channels/mod.ts"),
    import("../csp/mod.ts"),
    import("../sharing/mod.ts"),
    import("../mod.ts"),
  ];
}
