/** Every tool tells what it is when it is asked, and does nothing. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { bin } from "../../tools/_runtimes.ts";

test("Every tool shows its usage, and names the flag that it does not know", { timeout: 60_000 }, () => {
  for (const name of ["ok", "run_tests", "check_docs", "check_imports", "update_figures", "model/check"]) {
    const file = fileURLToPath(new URL(`../../tools/${name}.ts`, import.meta.url));
    const help = spawnSync(bin("node"), [file, "--help"], { encoding: "utf8" });
    assert.equal(help.status, 0, help.stderr);
    assert.match(help.stdout, new RegExp(`^\\w[^]*Usage: \`node tools/${name}.ts`));
    const wrong = spawnSync(bin("node"), [file, "--nonsense"], { encoding: "utf8" });
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--nonsense[^]*Usage:/);
  }
});
