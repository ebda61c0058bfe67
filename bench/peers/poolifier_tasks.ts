/** What the threads of poolifier load. */

import { ThreadWorker } from "poolifier";
import { addPrices, increment, makeItems, nbody, scatter } from "../party/workloads.ts";

const worker: unknown = new ThreadWorker({ addPrices, increment, makeItems, nbody, scatter } as never);
export default worker;
