import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram, runRuntime, runtime, writeProgram } from "../_program.ts";

const LINES = 200;
const RUNS = 5;
const slow = { timeout: 60_000 };

/** Every line of `count` printers, sorted. */
function expected(...printers: string[]): string[] {
  return printers.flatMap((who) => Array.from({ length: LINES }, (_, i) => `${who} ${i}`)).sort();
}

/** Runs the program several times; each time all lines must arrive before it ends. */
async function printsAll(source: string, lines: string[]): Promise<void> {
  for (let run = 0; run < RUNS; run++) {
    const result = await runProgram(source, { limit: 10_000 });
    assert.deepEqual([result.code, result.late], [0, false], result.stderr);
    const printed = result.stdout.split("\n").slice(0, -1).sort();
    assert.equal(printed.length, lines.length, `run ${run}: ${result.stderr}`);
    assert.deepEqual(printed, lines);
  }
}

test("What an interpreter prints arrives before a program ends that does not close it", slow, async () => {
  await printsAll(
    `
    import { create } from "@pool/csp";
    await create().call((n) => { for (let i = 0; i < n; i++) console.log("call " + i); }, ${LINES});
  `,
    expected("call"),
  );
});

test("What an interpreter prints arrives before close() ends it and the program exits", slow, async () => {
  await printsAll(
    `
    import { create } from "@pool/csp";
    const interp = create();
    await interp.exec("for (let i = 0; i < ${LINES}; i++) console.log('exec ' + i)");
    await interp.close();
    // With main it is: what main itself has not written yet when it exits is its own to lose.
    await new Promise((resolve) => process.stdout.write("", resolve));
    process.exit(0);
  `,
    expected("exec"),
  );
});

test("What the interpreters of parallel() print arrives before a program ends", slow, async () => {
  await printsAll(
    `
    import { parallel } from "@pool/csp";
    const print = (who, n) => { for (let i = 0; i < n; i++) console.log(who + " " + i); };
    await parallel([print, "a", ${LINES}], [print, "b", ${LINES}]);
  `,
    expected("a", "b"),
  );
});

test("What a generator prints arrives before a program ends", slow, async () => {
  await printsAll(
    `
    import { create } from "@pool/csp";
    const stream = await create().call(function* (n) {
      try {
        for (let i = 0; i < n; i++) console.log("step " + i);
        yield 1;
        for (;;) yield 2;
      } finally {
        for (let i = 0; i < n; i++) console.log("finally " + i);
      }
    }, ${LINES});
    for await (const _ of stream) break;
  `,
    expected("step", "finally"),
  );
});

test("What an interpreter prints before it throws arrives, on both outputs", slow, async () => {
  for (let run = 0; run < RUNS; run++) {
    const result = await runProgram(
      `
      import { create } from "@pool/csp";
      const failed = create().call((n) => {
        for (let i = 0; i < n; i++) { console.log("out " + i); console.error("err " + i); }
        throw new RangeError("after printing");
      }, ${LINES});
      await failed.catch((error) => console.log(error.name));
    `,
      { limit: 10_000 },
    );
    assert.deepEqual([result.code, result.late], [0, false], result.stderr);
    const printed = result.stdout.trimEnd().split("\n");
    assert.equal(printed.length, LINES + 1);
    assert.equal(result.stderr.match(/^err \d+$/gm)?.length, LINES);
  }
});

if (runtime === "node") {
  const PROGRAM = `
    import { create, parallel } from "@pool/csp";
    const interp = create();
    console.log(await interp.call((n) => n + 1, 1));
    console.log(await interp.call(() => csp.getCurrent().id));
    console.log(await parallel([(n) => n * 2, 21], [() => "require" in globalThis]));
  `;
  const OUTPUT = "2\n1\n[ 42, false ]\n";

  test("Programs from --input-type=module -e start interpreters", slow, async () => {
    const result = await runRuntime(["--input-type=module", "-e", PROGRAM], { limit: 10_000 });
    assert.deepEqual([result.stdout, result.code, result.late], [OUTPUT, 0, false], result.stderr);
  });

  test("Programs from standard input start interpreters", slow, async () => {
    for (const args of [["--input-type=module", "-"], ["--input-type=module"]]) {
      const result = await runRuntime(args, { limit: 10_000, stdin: PROGRAM });
      assert.deepEqual([result.stdout, result.code, result.late], [OUTPUT, 0, false], result.stderr);
    }
  });

  test("Programs from a file start interpreters that see none of CommonJS's names", slow, async () => {
    const result = await runRuntime([writeProgram(PROGRAM)], { limit: 10_000 });
    assert.deepEqual([result.stdout, result.code, result.late], [OUTPUT, 0, false], result.stderr);
  });
}
