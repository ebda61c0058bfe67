/** What the threads of workerpool load: the tiny task. */
import workerpool from "workerpool";

workerpool.worker({
  increment(n) {
    return n + 1;
  },
});
