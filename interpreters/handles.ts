/** Makes the kinds of handles known, of those that need more by name; loaded inside an interpreter when the first arrives. */
import { surroundings } from "#engines";

/** Any number of times. */
export function learnHandles(): void {
  surroundings();
}
