import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runProgram, runRuntime, runtime } from "../_program.ts";

const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Tests of a program that uses this library; each closes what it has made. */
const TESTS = `
import { create, parallel } from "@pool/csp";
const strict = { sanitizeOps: true, sanitizeResources: true };

Deno.test({ ...strict, name: "at once", async fn() {
  const interp = create();
  await interp.close();
} });
Deno.test({ ...strict, name: "booted", async fn() {
  const interp = create();
  await interp.ready;
  await interp.close();
} });
Deno.test({ ...strict, name: "simple call", async fn() {
  const interp = create();
  if (await interp.call((n) => n + 1, 1) !== 2) throw new Error("wrong");
  await interp.close();
} });
Deno.test({ ...strict, name: "call, exec, limits, stream", async fn() {
  const interp = create();
  await interp.exec("var x = 1");
  await interp.with({ timeout: 60_000 }).call(() => csp.getCurrent().id);
  const stream = await interp.with({ timeout: 60_000 }).call(function* () { for (;;) yield 1; });
  for await (const _ of stream) break;
  await interp.call((s) => s.aborted, new AbortController().signal);
  await interp.close();
} });
Deno.test({ ...strict, name: "by force", async fn() {
  const interp = create();
  const call = interp.call(() => new Promise(() => {})).catch((error) => error.name);
  await interp.close({ force: true });
  if (await call !== "InterpreterError") throw new Error("wrong");
} });
Deno.test({ ...strict, name: "parallel", async fn() {
  await parallel([(n) => n, 1], [() => csp.getCurrent().id]);
} });
`;

if (runtime === "deno") {
  test("Nothing is left over when a test closes its interpreters", { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "csp-"));
    try {
      const file = join(folder, "closes_test.ts");
      writeFileSync(file, TESTS);
      const args = ["test", "-A", "--no-check", "--quiet", "--config", CONFIG, file];
      const result = await runRuntime(args, { limit: 50_000 });
      assert.equal(result.late, false, result.stdout);
      assert.equal(result.code, 0, result.stdout + result.stderr);
      assert.match(result.stdout, /6 passed/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("No timer is left and nothing is listed once interpreters are closed", { timeout: 30_000 }, async () => {
  const result = await runProgram(`
    import { create, listAll, parallel } from "@pool/csp";
    const interp = create();
    await interp.with({ timeout: 60_000 }).call(() => 1);
    await interp.close();
    await parallel([(n) => n, 1], [(n) => [n], 2]);
    const forced = create();
    await forced.close({ force: true });
    const resources = process.getActiveResourcesInfo?.() ?? [];
    console.log(resources.filter((resource) => resource === "Timeout").length, listAll().length);
  `);
  assert.deepEqual([result.stdout, result.code, result.late], ["0 1\n", 0, false], result.stderr);
});
