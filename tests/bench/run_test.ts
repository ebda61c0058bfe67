import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { BENCHMARKS } from "../../bench/_registry.ts";

const RUN: string = fileURLToPath(new URL("../../bench/run.ts", import.meta.url));

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-check", "--quiet"] : [];
  return spawnSync(process.execPath, [...flags, RUN, ...args], { encoding: "utf8" });
}

test("bench/run.ts lists every benchmark when asked for help", { timeout: 30_000 }, () => {
  const { status, stdout } = run("--help");
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: /);
  assert.match(stdout, /factorial: .*\n +launch: /);
});

test("bench/run.ts refuses what it does not know", { timeout: 30_000 }, () => {
  for (
    const [args, message] of [
      [["--fast"], /--fast/],
      [
        ["--only", "speed"],
        new RegExp(
          `^Cannot measure "speed": give some of ${BENCHMARKS.map(({ name }) => name).join(", ")}\n`,
        ),
      ],
      [
        ["--only", "channels", "--part", "half"],
        /^Cannot measure part "half" of channels: give one of integers, /,
      ],
      [
        ["--only", "launch", "--part", "select"],
        /^Cannot measure part "select" of launch: it has no parts\n/,
      ],
      [["--runtime", "bun,rhino"], /^Cannot measure on "rhino": give some of deno, bun, node\n/],
      [["launch"], /launch/],
    ] as const
  ) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /Usage: /);
  }
});
