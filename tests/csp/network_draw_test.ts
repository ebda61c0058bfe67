import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "@pool/csp";

/** Names that both languages must quote. */
function odd() {
  return network('odd "net" \\ end')
    .process('say "hi"', () => {}, { out: ["a b"] })
    .process("end", () => {}, { in: ["<in>"], out: ["x"], parallel: 3 })
    .process("back\\slash#1", () => {}, { in: ["|", "*y*"] })
    .channel('say "hi".a b', "end.<in>", { capacity: 8 })
    .channel("end.x", "back\\slash#1.|")
    .channel('say "hi".a b', "back\\slash#1.*y*");
}

test("Network.toMermaid() draws processes and channels, all names quoted", () => {
  assert.equal(
    network("plain")
      .process("a", () => {}, { out: ["out"] })
      .process("b", () => {}, { in: ["in"], parallel: 2 })
      .channel("a.out", "b.in", { capacity: 4 })
      .toMermaid(),
    `flowchart LR
  p0["a"]
  p1["b × 2"]
  p0 -->|"out → in (4)"| p1
`,
  );
  assert.equal(
    odd().toMermaid(),
    `flowchart LR
  p0["say #34;hi#34;"]
  p1["end × 3"]
  p2["back#92;slash#35;1"]
  p0 -->|"a b → #60;in#62; (8)"| p1
  p1 -->|"x → |"| p2
  p0 -->|"a b → #42;y#42;"| p2
`,
  );
});

test("Network.toMermaid() gives text that a strict reader of flowcharts accepts", () => {
  const [head, ...lines] = odd().toMermaid().trimEnd().split("\n");
  assert.equal(head, "flowchart LR");
  for (const line of lines) {
    assert.match(line, /^ {2}(?:p\d+\["[^"\n]*"\]|p\d+ -->\|"[^"\n]*"\| p\d+)$/);
  }
});

test("Network.toMermaid() shows what channels name and nobody has added", () => {
  assert.equal(
    network().channel("a.x", "b.y").toMermaid(),
    `flowchart LR
  p0 -->|"x → y"| p1
`,
  );
});

test("Network.toDot() draws processes and channels, all names quoted", () => {
  assert.equal(
    odd().toDot(),
    // No String.raw: Bun gives it escapes for what is not ASCII.
    `digraph "odd \\"net\\" \\\\ end" {
  rankdir=LR;
  node [shape=box];
  "say \\"hi\\"";
  "end" [label="end × 3"];
  "back\\\\slash#1";
  "say \\"hi\\"" -> "end" [label="a b → <in> (8)"];
  "end" -> "back\\\\slash#1" [label="x → |"];
  "say \\"hi\\"" -> "back\\\\slash#1" [label="a b → *y*"];
}
`,
  );
});

test("Network.toMermaid() and toDot() hold for an empty network, and do not change one", () => {
  assert.equal(network().toMermaid(), "flowchart LR\n");
  assert.equal(network("n").toDot(), 'digraph "n" {\n  rankdir=LR;\n  node [shape=box];\n}\n');
  const net = odd();
  assert.equal(net.toMermaid(), net.toMermaid());
});
