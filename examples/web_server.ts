/**
 * A web server that computes: each request is a process on the shared interpreters, so the server's own thread stays free
 * to accept the next one, and all cores work. A request whose client has gone away is cancelled.
 *
 * The program is its own client: it asks for some numbers at once, gives up on a large one, and ends.
 *
 * Run it: `deno run --allow-read=. --allow-net=127.0.0.1 examples/web_server.ts`, `bun examples/web_server.ts`,
 * `node examples/web_server.ts`
 */
import { currentProcess, go, task } from "@pool/csp";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Counts the primes below `limit`, the slow way. */
const countPrimes = task(import.meta, function countPrimes(limit: number): number {
  const { signal } = currentProcess();
  let count = 0;
  for (let n = 2; n < limit; n++) {
    // The loop never awaits; the signal tells the truth all the same.
    if (n % 4096 === 0) signal.throwIfAborted();
    let divisor = 2;
    while (divisor * divisor <= n && n % divisor !== 0) divisor++;
    if (divisor * divisor > n) count++;
  }
  return count;
});

/** Answers `GET /primes/100000`. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const limit = Number(/^\/primes\/(\d+)$/.exec(request.url ?? "")?.[1]);
  if (Number.isNaN(limit)) return void response.writeHead(404).end();
  const process = go.with({ timeout: 10_000 })(countPrimes, limit);
  response.on("close", () => process.cancel());
  try {
    response.end(`${await process} primes below ${limit}\n`);
  } catch (error) {
    console.log(`/primes/${limit} was ${process.status}`);
    response.writeHead(503).end(String(error));
  }
}

if (import.meta.main) {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const limits = [10_000, 50_000, 100_000, 200_000];
  const pages = await Promise.all(
    limits.map(async (limit) => (await fetch(`${url}/primes/${limit}`)).text()),
  );
  console.log(pages.join("").trimEnd());

  const impatient = AbortSignal.timeout(100);
  await fetch(`${url}/primes/1000000000`, { signal: impatient }).catch(({ name }) => console.log(name));

  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
