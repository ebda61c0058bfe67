/** The machinery of pools and of waiting for futures, as one module: most programs and interpreters have neither. */
export { followFutures, waitForFutures } from "./completion.ts";
export { openExecutor } from "./executor_engine.ts";
export { openPool } from "./pool_engine.ts";
