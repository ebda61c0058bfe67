import assert from "node:assert/strict";
import { test } from "node:test";
import { markdownTable, replaceBlock } from "../../tools/update_figures.ts";

test("replaceBlock() replaces what stands between the marks and nothing else", () => {
  const text = "before\n\n<!-- bench:x -->\n\nold\n\n<!-- /bench:x -->\n\nafter\n";
  const once = replaceBlock(text, "x", "new");
  assert.equal(once, "before\n\n<!-- bench:x -->\n\nnew\n\n<!-- /bench:x -->\n\nafter\n");
  assert.equal(replaceBlock(once, "x", "new"), once);
});

test("replaceBlock() refuses a text without the block", () => {
  assert.throws(() => replaceBlock("<!-- bench:x -->", "x", ""), /Cannot write the table "x"/);
  assert.throws(() => replaceBlock("", "y", ""), /Cannot write the table "y"/);
});

test("markdownTable() pads columns, text to the right and figures to the left", () => {
  assert.equal(
    markdownTable([["name", "what", "ms"], ["a", "longer", "1.5"]]),
    [
      "| name | what   |   ms |",
      "| ---- | ------ | ---: |",
      "| a    | longer |  1.5 |",
    ].join("\n"),
  );
});
