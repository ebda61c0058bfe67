/** Variables of the environment. */
import { globals, runtimeName } from "./detect.ts";

/** What this file uses of `Deno`. */
interface DenoEnvironment {
  readonly env: { get(variable: string): string | undefined };
  readonly permissions: {
    querySync(descriptor: { name: "env"; variable: string }): { readonly state: string };
  };
}

/** The variable's value; undefined where it is not set, or may not be read: on Deno nobody is asked for a permission. */
export function environment(variable: string): string | undefined {
  if (runtimeName === "deno") {
    const { env, permissions } = globals.Deno as unknown as DenoEnvironment;
    return permissions.querySync({ name: "env", variable }).state === "granted"
      ? env.get(variable)
      : undefined;
  }
  return globals.process?.env[variable];
}
