import assert from "node:assert/strict";
import { test } from "node:test";
import { examplesOf } from "../../tools/_examples.ts";

const FENCE = "```";

test("examplesOf() takes the ts blocks and their lines when given Markdown", () => {
  const text = [
    "# Title",
    `${FENCE}ts`,
    "one();",
    FENCE,
    `${FENCE}sh`,
    "npm ci",
    FENCE,
    "- item",
    `  ${FENCE}typescript`,
    "  two();",
    "",
    "    three();",
    `  ${FENCE}`,
    `${FENCE}ts ignore`,
    "four(",
    FENCE,
  ].join("\n");
  assert.deepEqual(examplesOf("README.md", text), [
    { file: "README.md", line: 3, title: "", code: "one();", ignored: false },
    { file: "README.md", line: 10, title: "", code: "two();\n\n  three();", ignored: false },
    { file: "README.md", line: 15, title: "", code: "four(", ignored: true },
  ]);
});

test("examplesOf() takes each @example with its title when given a module", () => {
  const text = [
    "/** No example: `a`. */",
    "export const a = 1;",
    "",
    "/**",
    " * Text.",
    ` * ${FENCE}ts`,
    " * notAnExample();",
    ` * ${FENCE}`,
    " *",
    " * @param x A thing",
    " * @example One & only",
    ` * ${FENCE}ts`,
    ' * import { a } from "@pool/csp";',
    " *",
    " *   // @example inside",
    " * a();",
    ` * ${FENCE}`,
    " *",
    " * @example Two",
    ` * ${FENCE}ts ignore`,
    " * b();",
    ` * ${FENCE}`,
    " * @returns Nothing",
    " */",
    "export function b(): void {}",
  ].join("\n");
  assert.deepEqual(examplesOf("csp/b.ts", text), [
    {
      file: "csp/b.ts",
      line: 13,
      title: "One & only",
      code: 'import { a } from "@pool/csp";\n\n  // @example inside\na();',
      ignored: false,
    },
    { file: "csp/b.ts", line: 21, title: "Two", code: "b();", ignored: true },
  ]);
});

test("examplesOf() throws when a block is not closed", () => {
  assert.throws(
    () => examplesOf("docs/a.md", `${FENCE}ts\nx();\n`),
    /Cannot read docs\/a\.md: the block at line 2/,
  );
});
