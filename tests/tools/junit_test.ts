import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReport } from "../../tools/_junit.ts";

/** Names and outcomes, the way the assertions below write them. */
function read(xml: string): string[] {
  return parseReport(xml, ["tests/a_test.ts"]).map(({ name, outcome }) => `${outcome} ${name}`);
}

test("parseReport() leaves out groups and keeps their tests when Deno wrote the report", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="deno test" tests="5" failures="1" errors="0" time="0.02">
      <testsuite name="./tests/a_test.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="plain &amp; &lt;odd&gt; &quot;name&quot;" classname="./tests/a_test.ts" time="0.001"></testcase>
        <testcase name="group" time="0.003"><failure message="1 test step failed">1 test step failed.</failure></testcase>
        <testcase name="left out" time="0"><skipped/></testcase>
        <testcase name="exits" time="0"><error message="Cancelled"/></testcase>
      </testsuite>
      <testsuite name="ext:deno_node/testing.ts" tests="2" disabled="0" errors="0" failures="1">
        <testcase name="group &gt; good" time="0.000"></testcase>
        <testcase name="group &gt; bad" time="0.001"><failure message="no
          &lt;testcase name=&quot;no&quot;&gt;">Error: no</failure></testcase>
      </testsuite>
    </testsuites>`;
  assert.deepEqual(read(xml), [
    `passed plain & <odd> "name"`,
    "skipped left out",
    "failed exits",
    "passed group > good",
    "failed group > bad",
  ]);
});

test("parseReport() joins the names of nested groups when Bun wrote the report", () => {
  const xml = `<testsuites name="bun test" tests="3" failures="1" time="0.05">
      <testsuite name="tests/a_test.ts" file="tests/a_test.ts" tests="3" failures="1">
        <testcase name="one" classname="" time="0.001165" file="tests/a_test.ts" line="3" assertions="0" />
        <testsuite name="group" file="tests/a_test.ts"><testsuite name="deep" file="tests/a_test.ts">
          <testcase name="two" time="1.5"><failure type="Error" message="a &gt; b&#10;">Error</failure></testcase>
        </testsuite></testsuite>
        <testcase name="three" time="0"><skipped message="TODO" /></testcase>
      </testsuite>
    </testsuites>`;
  assert.deepEqual(read(xml), ["passed one", "failed group > deep > two", "skipped three"]);
  assert.equal(parseReport(xml, [])[1]?.seconds, 1.5);
});

test("parseReport() counts Node's test of the file itself when it failed and only then", () => {
  const passed = `<testsuites><testcase name="tests/a_test.ts" time="0.05" classname="test"/></testsuites>`;
  const failed = `<testsuites>
      <!-- Error: <testcase name="in a comment"/> -->
      <testsuite name="group" time="0.1"><testcase name="x &gt; y &amp;quot;z&amp;quot;" time="0.1"/></testsuite>
      <testcase name="tests/a_test.ts" time="0.05"><failure type="testCodeFailure" message="failed"/></testcase>
    </testsuites>`;
  assert.deepEqual(read(passed), []);
  assert.deepEqual(read(failed), [`passed group > x > y "z"`, "failed tests/a_test.ts"]);
});

test("parseReport() throws when the report was cut short", () => {
  assert.throws(
    () => parseReport(`<testsuites><testcase name="a"><failure message="x">`, []),
    /1 tests are not closed/,
  );
});
