/**
 * The entry of every interpreter's thread. Not for programs; exported as `@pool/csp/worker` so that bundlers and
 * `deno compile` can be told to include it.
 *
 * It installs the handler before anything else, since messages that come earlier are lost on Deno and Bun, says that
 * it is ready, and loads the rest while main goes on. Loaded in a main thread it does nothing.
 *
 * @module
 */
import { openScope } from "../runtime/scope.ts";

const scope = openScope();
if (scope !== undefined) {
  const early: unknown[] = [];
  scope.onMessage(function keep(message) {
    early.push(message);
  });
  scope.onFailure(function tell(error) {
    scope.post({ t: "dying", error: String(error) });
  });
  scope.post({ t: "ready" });
  void import("./inside.ts").then(function begin(inside) {
    inside.begin(scope, early);
  });
}
