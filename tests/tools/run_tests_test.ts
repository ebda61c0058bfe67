import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const NODE: string = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));
const TOOL: string = fileURLToPath(new URL("../../tools/run_tests.ts", import.meta.url));

const HEAD = `import { describe, test } from "node:test";\nimport process from "node:process";\n`;

/** Test files of a small project. */
const FILES: Readonly<Record<string, string>> = {
  good:
    `test("one > two", () => {}); describe("group", () => { test("three", () => {}); test("four", () => {}); });`,
  bad: `test("good", () => {}); test("bad", () => { throw new Error("broken on purpose"); });`,
  exits: `test("good", () => {}); test("exits", () => process.exit(0));`,
  empty: `export const kept = [describe, test, process];`,
  broken: `import "./missing.ts";`,
  hangs: `test("hangs", () => { for (;;); });`,
};

/** Runs the tool over some of the files and returns its lines and exit code. */
function runTests(
  names: readonly string[],
  args: readonly string[] = [],
): { lines: string[]; status: number | null } {
  const root = mkdtempSync(join(tmpdir(), "csp-tests-"));
  try {
    mkdirSync(join(root, "tests"));
    writeFileSync(join(root, "package.json"), `{ "type": "module" }`);
    for (const name of names) {
      writeFileSync(join(root, "tests", `${name}_test.ts`), HEAD + FILES[name] + "\n");
    }
    const { stdout, status } = spawnSync(NODE, [TOOL, "--root", root, ...args], { encoding: "utf8" });
    return { lines: stdout.trimEnd().split("\n"), status };
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("run_tests ends with one line over all runtimes when everything passes", { timeout: 60_000 }, () => {
  const { lines, status } = runTests(["good"]);
  assert.equal(lines.at(-1), "9 passed, 0 failed", lines.join("\n"));
  assert.equal(lines.filter((line) => /^\d+ passed, \d+ failed$/.test(line)).length, 1);
  assert.equal(status, 0);
});

test("run_tests counts a failing test and shows it when one fails", { timeout: 60_000 }, () => {
  const { lines, status } = runTests(["bad", "good"]);
  assert.equal(lines.at(-1), "12 passed, 3 failed", lines.join("\n"));
  assert.equal(lines.filter((line) => line === "        failed: bad").length, 3);
  assert.ok(lines.some((line) => line.includes("broken on purpose")));
  const end = lines.slice(
    lines.findLastIndex((line) => line.startsWith("note: ") || line.includes(" tests passed")),
  );
  for (const runtime of ["deno", "bun", "node"]) {
    assert.ok(end.includes(`FAIL ${runtime} tests/bad_test.ts`), lines.join("\n"));
  }
  assert.equal(end.filter((line) => line === "  bad").length, 3);
  assert.equal(end.filter((line) => line.includes("rror: broken on purpose")).length, 3, end.join("\n"));
  assert.equal(status, 1);
});

test("run_tests counts a file as failed when it exits early, has no test or does not load", {
  timeout: 60_000,
}, () => {
  for (const name of ["exits", "empty", "broken"]) {
    const { lines, status } = runTests([name]);
    assert.match(lines.at(-1) ?? "", /^\d passed, 3 failed$/, lines.join("\n"));
    assert.equal(status, 1);
  }
});

test("run_tests ends a file that does not end by itself when its time is up", { timeout: 60_000 }, () => {
  const { lines, status } = runTests(["hangs"], ["--runtime", "node", "--timeout", "1"]);
  assert.equal(lines.at(-1), "0 passed, 1 failed", lines.join("\n"));
  assert.ok(lines.includes("        did not end within 1 s and was killed"));
  assert.equal(status, 1);
});

test("run_tests fails when no test file matches", { timeout: 60_000 }, () => {
  const { lines, status } = runTests(["good"], ["nothing"]);
  assert.deepEqual(lines, ["0 passed, 0 failed"]);
  assert.equal(status, 1);
});
