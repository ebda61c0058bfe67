"""The traffic patterns of the benchmarks of channels, with CPython's Queue between interpreters.

Reads jobs and tells milliseconds, a line of JSON each. Needs Python 3.14. A maxsize of 0 is without limit: the queue
has no rendezvous, and no select.
"""

import json
import sys
import threading
import time
from concurrent import interpreters

SEND = """
start = starts.get()
while time.perf_counter() < start: pass
for i in range(n): a.put(i)
done.put((time.perf_counter() - start, 0))
"""

RECEIVE = """
start = starts.get()
while time.perf_counter() < start: pass
total = 0
for i in range(n): total += a.get()
done.put((time.perf_counter() - start, total))
"""

FILL_AND_EMPTY = """
start = starts.get()
while time.perf_counter() < start: pass
total = 0
for left in range(n, 0, -size):
    for i in range(min(size, left)): a.put(i)
    for i in range(min(size, left)): total += a.get()
done.put((time.perf_counter() - start, total))
"""

PING = """
start = starts.get()
while time.perf_counter() < start: pass
total = 0
for i in range(n):
    a.put(i)
    total += b.get()
done.put((time.perf_counter() - start, total))
"""

PONG = """
start = starts.get()
while time.perf_counter() < start: pass
for i in range(n): b.put(a.get())
done.put((0.0, 0))
"""

kept = []


def sum_below(n):
    """0 + 1 + ... + (n - 1)."""
    return n * (n - 1) // 2


def run(job):
    """Starts the parties of a pattern at one moment; gives the milliseconds until the last one is done."""
    pattern, size, n, many = job["pattern"], max(job["capacity"], 0), job["n"], job["many"]
    each = (n + many // 2) // many
    expected = sum_below(n)
    if pattern == "seq":
        parties = [(FILL_AND_EMPTY, n)]
        expected = n // size * sum_below(size) + sum_below(n % size)
    elif pattern == "spsc":
        parties = [(SEND, n), (RECEIVE, n)]
    elif pattern == "mpsc":
        parties = [(SEND, each)] * many + [(RECEIVE, each * many)]
        expected = many * sum_below(each)
    elif pattern == "mpmc":
        parties = [(SEND, each)] * many + [(RECEIVE, each)] * many
        expected = many * sum_below(each)
    elif pattern == "ping-pong":
        parties = [(PING, n), (PONG, n)]
    else:
        raise ValueError(f"CPython's Queue has no {pattern}")
    a, b = interpreters.create_queue(size), interpreters.create_queue(size)
    starts, done = interpreters.create_queue(), interpreters.create_queue()
    while len(kept) < len(parties):
        interpreter = interpreters.create()
        # Queues arrive only where their module has been imported.
        interpreter.exec("from concurrent import interpreters")
        kept.append(interpreter)
    threads = []
    for interpreter, (code, count) in zip(kept, parties):
        interpreter.prepare_main(a=a, b=b, starts=starts, done=done, n=count, size=max(size, 1))
        threads.append(threading.Thread(target=interpreter.exec, args=("import time\n" + code,)))
    for thread in threads:
        thread.start()
    # A waiting get looks every 10 ms: all have the moment before it comes.
    start = time.perf_counter() + 0.05
    for _ in parties:
        starts.put(start)
    outcomes = [done.get() for _ in parties]
    for thread in threads:
        thread.join()
    total = sum(outcome[1] for outcome in outcomes)
    if total != expected:
        raise RuntimeError(f"what was received adds up to {total}, not {expected}")
    return max(outcome[0] for outcome in outcomes) * 1000


for line in sys.stdin:
    try:
        answer = {"ms": run(json.loads(line))}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
