"""The tasks of the pool party by CPython's executors: interpreters, processes, threads, or in a loop.

Started as `pool_party.py <way> <workers>`. Reads jobs, a task and its arguments, and tells milliseconds and the sum of the
results, a line of JSON each. Interpreters need Python 3.14.
"""

import json
import sys
import time
from concurrent import futures

import pool_tasks

KINDS = {
    "interpreters": "InterpreterPoolExecutor",
    "processes": "ProcessPoolExecutor",
    "threads": "ThreadPoolExecutor",
}


def run(executor, job):
    """Does all tasks of a job, each submitted by itself."""
    task = getattr(pool_tasks, job["task"])
    begin = time.perf_counter()
    if executor is None:
        results = [task(argument) for argument in job["args"]]
    else:
        submitted = [executor.submit(task, argument) for argument in job["args"]]
        results = [future.result() for future in submitted]
    ms = (time.perf_counter() - begin) * 1000
    return {"ms": ms, "sum": sum(pool_tasks.weigh(result) for result in results)}


def main():
    """Answers job after job."""
    way, workers = sys.argv[1], int(sys.argv[2])
    executor = getattr(futures, KINDS[way])(max_workers=workers) if way in KINDS else None
    for line in sys.stdin:
        try:
            answer = run(executor, json.loads(line))
        except Exception as error:
            answer = {"error": str(error) or repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
