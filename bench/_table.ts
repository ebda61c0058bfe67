/** Draws tables of text with aligned columns. */

/** A column: its title, with the unit, and where its cells stand. */
export interface Column {
  readonly title: string;
  /** Text stands left, figures right. */
  readonly align: "left" | "right";
  /** Leaves a cell out when it and all left of it repeat the line above. */
  readonly group?: boolean;
}

/**
 * Draws lines of cells under their titles, each column as wide as its widest cell.
 *
 * @param columns The columns, from left to right.
 * @param lines Cells in the order of the columns; an empty line draws a gap.
 */
export function drawTable(columns: readonly Column[], lines: readonly (readonly string[])[]): string {
  const titles = columns.map((column) => column.title);
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...lines.map((line) => line[i]?.length ?? 0))
  );
  const rule = widths.map((width) => "─".repeat(width));
  let above: readonly string[] = [];
  const drawn = lines.map((line) => {
    let repeats = true;
    const cells = line.map((cell, i) => {
      repeats &&= columns[i]?.group === true && cell === above[i];
      return repeats ? "" : cell;
    });
    above = line;
    return drawLine(columns, widths, cells);
  });
  return [drawLine(columns, widths, titles), drawLine(columns, widths, rule), ...drawn].join("\n") + "\n";
}

function drawLine(columns: readonly Column[], widths: readonly number[], cells: readonly string[]): string {
  return cells.map((cell, i) => {
    const width = widths[i] ?? 0;
    return columns[i]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
  }).join("  ").trimEnd();
}
