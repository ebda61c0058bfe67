/** Takes the code blocks out of a Markdown file, or out of the `@example`s in a module's documentation comments. */

/** One block of code in the documentation. */
export interface Example {
  /** File it is in. */
  readonly file: string;
  /** Line of its first line of code. */
  readonly line: number;
  /** Title of the `@example`; empty in Markdown. */
  readonly title: string;
  readonly code: string;
  /** Whether it is marked `ignore`. */
  readonly ignored: boolean;
}

/** Languages of the blocks that are programs. */
const LANGUAGES: ReadonlySet<string> = new Set(["ts", "typescript", "js", "javascript"]);

/** Lists the examples of a file, which is Markdown or a TypeScript module by its name. */
export function examplesOf(file: string, text: string): Example[] {
  if (file.endsWith(".md")) return blocks(file, text.split("\n"), 1, "");
  const found: Example[] = [];
  for (const comment of text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    const firstLine = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0].split("\n").map((line) =>
      line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "").replace(/\*\/\s*$/, "")
    );
    for (const [start, end, title] of exampleSections(lines)) {
      found.push(...blocks(file, lines.slice(start, end), firstLine + start, title));
    }
  }
  return found;
}

/** Finds where each `@example` of a comment begins and ends. */
function exampleSections(lines: readonly string[]): [start: number, end: number, title: string][] {
  const sections: [number, number, string][] = [];
  let open: { start: number; title: string } | undefined;
  let inFence = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*```/.test(line)) inFence = !inFence;
    const tag = inFence ? null : /^\s*@(\w+)\s*(.*)$/.exec(line);
    if (tag === null) continue;
    if (open !== undefined) sections.push([open.start, index, open.title]);
    open = tag[1] === "example" ? { start: index + 1, title: tag[2]?.trim() ?? "" } : undefined;
  }
  if (open !== undefined) sections.push([open.start, lines.length, open.title]);
  return sections;
}

/** Lists the fenced blocks among `lines`, the first of which is line `firstLine` of the file. */
function blocks(file: string, lines: readonly string[], firstLine: number, title: string): Example[] {
  const found: Example[] = [];
  let open: { indent: string; fence: string; language: string; ignored: boolean; start: number } | undefined;
  for (const [index, line] of lines.entries()) {
    const match = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line);
    if (open === undefined) {
      if (match === null) continue;
      const [, indent = "", fence = "", info = ""] = match;
      const [language = "", ...marks] = info.trim().split(/[\s,]+/);
      open = { indent, fence, language, ignored: marks.includes("ignore"), start: index + 1 };
    } else if (match !== null && match[2]?.startsWith(open.fence) && match[3]?.trim() === "") {
      if (LANGUAGES.has(open.language)) {
        const { indent, start, ignored } = open;
        const code = lines.slice(start, index).map((text) =>
          text.startsWith(indent) ? text.slice(indent.length) : text
        );
        found.push({ file, line: firstLine + start, title, code: code.join("\n"), ignored });
      }
      open = undefined;
    }
  }
  if (open !== undefined) {
    throw new SyntaxError(`Cannot read ${file}: the block at line ${firstLine + open.start} is not closed`);
  }
  return found;
}
