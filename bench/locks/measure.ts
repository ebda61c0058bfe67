/** Locking and releasing a mutex: by one, and by two interpreters at once, beside a bare futex in shared memory and the mutex of
 * multithreading. */

import { Mutex } from "@pool/csp";
import type { Bench } from "../_benchmark.ts";
import { Crew, longest } from "../channels/_crew.ts";
import { startTwinProgram, twinWay } from "../controls/_twin.ts";
import { measureCase, reportFailures, startSampling, type Way } from "../channels/_sampling.ts";
import { ALONE, BY_TWO } from "./_names.ts";
import { lockAndRelease, type LockForm, type LockJob, loop } from "./tasks.ts";

/** Measures on the runtime it runs on. */
export async function measure(bench: Bench): Promise<void> {
  const crew = new Crew();
  const sampling = startSampling(bench, { rounds: 7, runMs: 30 }, () => crew.replace());
  const alone: Way[] = (["bare futex", "tryLock", "lockSync", "await lock"] as const).map((form) => ({
    mode: form,
    async run(n) {
      const job = jobOf(form, n);
      const from = performance.now();
      await loop(job);
      const ms = performance.now() - from;
      check(job, n);
      return ms;
    },
  }));
  const byTwo: Way[] = (["bare futex", "lockSync", "await lock"] as const).map((form) => ({
    mode: form,
    async run(n) {
      const job = jobOf(form, Math.ceil(n / 2));
      const party = { task: lockAndRelease, job };
      const ms = longest(await crew.run([party, party]));
      check(job, 2 * job.n);
      return ms;
    },
  }));
  const peer = startTwinProgram(new URL("../peers/multithreading.ts", import.meta.url));
  for (const form of ["blocking", "awaiting"]) {
    const job = { pattern: "mutex", capacity: 0, many: 2, form };
    byTwo.push(twinWay(`multithreading, ${form}`, peer, job));
  }
  try {
    await measureCase(sampling, ALONE, alone);
    await measureCase(sampling, BY_TWO, byTwo);
  } finally {
    peer.twin?.end();
    await crew.replace();
  }
  reportFailures(sampling);
}

function jobOf(form: LockForm, n: number): LockJob {
  return { form, mutex: new Mutex(), words: new Int32Array(new SharedArrayBuffer(256)), n };
}

function check({ form, words }: LockJob, n: number): void {
  if (words[16] !== n) throw new Error(`Cannot trust ${form}: it counted ${words[16]}, not ${n}`);
}
