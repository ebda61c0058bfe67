/**
 * Functions as esbuild (keepNames) and TypeScript (noEmitHelpers, downlevelIteration) wrote them for older targets.
 * `tool_output.json` holds what the tools gave, unchanged; what each must return is
 * what its original returns, for legacy decorators what the tools' own helpers give.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeFunction } from "../../../interpreters/source/analyze.ts";
import { helperValues } from "../../../interpreters/source/helpers.ts";
import { HELPER_NAMES } from "../../../interpreters/source/names.ts";
import { evaluate, rebuild } from "./_rebuild.ts";
import cases from "./tool_output.json" with { type: "json" };

for (const { title, args, expected, source } of cases) {
  test(`helperValues() lets a rebuilt function run when it is: ${title}`, async () => {
    const sent = analyzeFunction(evaluate(source.join("\n")));
    assert.deepEqual(sent.free, []);
    assert.notDeepEqual(sent.helpers, []);
    let result = rebuild(sent)(...structuredClone(args));
    if (result?.[Symbol.asyncIterator] || result?.next) result = await Array.fromAsync(result);
    assert.deepEqual(await result, expected);
  });
}

test("helperValues() gives the helpers in the order of their names", () => {
  const [pow, assign] = helperValues(["__pow", "__assign"]);
  assert.deepEqual([pow, assign], [Math.pow, Object.assign]);
});

test("helperValues() knows every name that is promised", () => {
  const names = [...HELPER_NAMES];
  assert.ok(names.length > 50);
  for (const [i, value] of helperValues(names).entries()) {
    assert.equal(typeof value, "function", String(names[i]));
  }
});

test("analyzeFunction() supplies __name when tsx wrapped what is inside", () => {
  const sent = analyzeFunction(
    evaluate('() => { const add = /* @__PURE__ */ __name((a) => a, "add"); return add.name }'),
  );
  assert.deepEqual(sent.helpers, ["__name"]);
  assert.equal(rebuild(sent)(), "add");
});

test("analyzeFunction() leaves a helper alone when the function declares one of that name", () => {
  const sent = analyzeFunction(evaluate("() => { function __name(x) { return x } return __name(1) }"));
  assert.deepEqual(sent.helpers, []);
  assert.equal(rebuild(sent)(), 1);
});
