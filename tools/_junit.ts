/**
 * Reads the JUnit reports of the three test runners into one list of tests.
 *
 * The runners differ: Bun nests its groups, Deno writes them as tests whose name is the beginning of others' names, and
 * Node adds a test named after the file when the file itself failed or declared no test.
 * Invariant: a group, or a test that has subtests of its own in the report, is never counted.
 */

/** One test of a report. */
export interface TestCase {
  /** Names of the groups it is in and its own, joined by " > ". */
  readonly name: string;
  /** What became of it. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** Duration in seconds. */
  readonly seconds: number;
}

const TAG = /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;

/**
 * Lists the tests of a report.
 *
 * @param xml Text of the report
 * @param files Test files the report is about, as they were given to the runner
 */
export function parseReport(xml: string, files: readonly string[]): TestCase[] {
  const all: { name: string; outcome: TestCase["outcome"]; seconds: number }[] = [];
  const groups: string[] = [];
  let open = 0;
  let current: typeof all[number] | undefined;
  for (const match of xml.replace(/<!--[\s\S]*?-->/g, "").matchAll(TAG)) {
    const [, closing, tag, attributeText = "", selfClosing] = match;
    if (tag === "testsuite") {
      if (closing) {
        groups.pop();
      } else if (!selfClosing) {
        const name = attributes(attributeText).get("name") ?? "";
        // Deno and Bun open one suite for each file; what is inside a suite of another kind is a group.
        groups.push(isFile(name, files) ? "" : name);
      }
    } else if (tag === "testcase") {
      if (closing) {
        current = undefined;
        open--;
        continue;
      }
      const values = attributes(attributeText);
      const path = [...groups.filter((group) => group !== ""), values.get("name") ?? ""];
      current = { name: path.join(" > "), outcome: "passed", seconds: Number(values.get("time") ?? 0) };
      all.push(current);
      if (selfClosing) current = undefined;
      else open++;
    } else if (!closing && current !== undefined) {
      if (tag === "failure" || tag === "error") current.outcome = "failed";
      else if (tag === "skipped") current.outcome = "skipped";
    }
  }
  if (open !== 0) throw new Error(`Cannot read the report: ${open} tests are not closed`);
  return all.filter((one) => {
    if (isFile(one.name, files)) return one.outcome === "failed";
    return !all.some((other) => other.name.startsWith(`${one.name} > `));
  });
}

/** Whether a suite or test is named after a file rather than by its author. */
function isFile(name: string, files: readonly string[]): boolean {
  return name.startsWith("ext:") || files.some((file) => name === file || name === `./${file}`);
}

function attributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of text.matchAll(ATTRIBUTE)) found.set(name, unescape(value));
  return found;
}

/** Undoes XML's escapes; twice for the quotes that Node's reporter escapes twice. */
function unescape(text: string): string {
  return text
    .replace(/&#(x[\da-f]+|\d+);/gi, (_, code: string) => {
      return String.fromCodePoint(code.startsWith("x") ? parseInt(code.slice(1), 16) : Number(code));
    })
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll("&quot;", '"');
}
