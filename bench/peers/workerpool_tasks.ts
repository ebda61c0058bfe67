/** What the threads of workerpool load. */

import workerpool from "workerpool";
import * as workloads from "../party/workloads.ts";

workerpool.worker({ ...workloads });
