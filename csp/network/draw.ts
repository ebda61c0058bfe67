/** A topology as a picture: the text of a diagram for Mermaid or Graphviz. */
import type { ChannelPlan, ProcessPlan, Topology } from "./topology.ts";

/** See `Network.toMermaid`. */
export function toMermaid({ processes, channels }: Topology): string {
  const ids = new Map([...processes.keys()].map((name, i) => [name, `p${i}`]));
  const lines = ["flowchart LR"];
  for (const plan of processes.values()) {
    lines.push(`  ${ids.get(plan.name)}["${forMermaid(titleOf(plan))}"]`);
  }
  for (const channel of channels) {
    const [from, to] = ends(ids, channel);
    lines.push(`  ${from} -->|"${forMermaid(labelOf(channel))}"| ${to}`);
  }
  return `${lines.join("\n")}\n`;
}

/** See `Network.toDot`. */
export function toDot(name: string, { processes, channels }: Topology): string {
  const lines = [`digraph ${forDot(name)} {`, "  rankdir=LR;", "  node [shape=box];"];
  for (const plan of processes.values()) {
    const title = titleOf(plan);
    lines.push(`  ${forDot(plan.name)}${title === plan.name ? "" : ` [label=${forDot(title)}]`};`);
  }
  for (const channel of channels) {
    lines.push(
      `  ${forDot(channel.from.process)} -> ${forDot(channel.to.process)} [label=${
        forDot(labelOf(channel))
      }];`,
    );
  }
  return `${lines.join("\n")}\n}\n`;
}

function titleOf({ name, parallel }: ProcessPlan): string {
  return parallel > 1 ? `${name} × ${parallel}` : name;
}

function labelOf({ from, to, capacity = 0 }: ChannelPlan): string {
  return `${from.port} → ${to.port}${capacity > 0 ? ` (${capacity})` : ""}`;
}

/** Processes that channels name and nobody has added get a node of their own too. */
function ends(ids: Map<string, string>, channel: ChannelPlan): [string, string] {
  const { from, to } = channel;
  for (const { process } of [from, to]) if (!ids.has(process)) ids.set(process, `p${ids.size}`);
  return [ids.get(from.process)!, ids.get(to.process)!];
}

/** A text inside of double quotes, where Mermaid reads entities and Markdown, and knows no line breaks. */
function forMermaid(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replace(/["#&<>`\\*_]/g, (mark) => `#${mark.charCodeAt(0)};`);
}

/** A quoted string of Graphviz. */
function forDot(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replace(/\r?\n|\r/g, "\\n")}"`;
}
