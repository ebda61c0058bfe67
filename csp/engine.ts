/** The machinery behind this folder's facade. */
import { processNow, trackProcesses } from "../interpreters/process_context.ts";

export { processNow as currentProcess };
export { sleep, yieldNow } from "./sleep.ts";

trackProcesses();
