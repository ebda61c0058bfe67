/** Takes a while to load, and declares its task only then. */
import { task } from "@pool/csp";

await new Promise((resolve) => setTimeout(resolve, 5));

export const loadedLate: () => string = task(import.meta, function loadedLate(): string {
  return "late";
});
