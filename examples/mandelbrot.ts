/**
 * Draws the Mandelbrot set as text. The rows are drawn by one interpreter per core into one shared array.
 *
 * Rows in the middle take longer than those at the edge, so nobody is given a fixed share: every interpreter takes the
 * next row from a shared counter until there are none. The picture is never copied.
 *
 * Run it: `deno run --allow-read=. examples/mandelbrot.ts`, `bun examples/mandelbrot.ts`, `node examples/mandelbrot.ts`
 */
import { parallel, sharedArray } from "@pool/csp";

const WIDTH = 100;
const HEIGHT = 36;
const LIMIT = 20_000;
const SHADES = " .:-=+*%#@";

/** Fills rows of `picture` with how many steps each point takes to escape; returns how many rows it has drawn. */
function drawRows(
  picture: Uint16Array,
  width: number,
  height: number,
  limit: number,
  nextRow: Int32Array,
): number {
  let drawn = 0;
  for (let row; (row = Atomics.add(nextRow, 0, 1)) < height; drawn++) {
    const y0 = (row / (height - 1)) * 2.4 - 1.2;
    for (let column = 0; column < width; column++) {
      const x0 = (column / (width - 1)) * 3.2 - 2.2;
      let [x, y, steps] = [0, 0, 0];
      while (x * x + y * y <= 4 && steps < limit) {
        [x, y] = [x * x - y * y + x0, 2 * x * y + y0];
        steps++;
      }
      picture[row * width + column] = steps;
    }
  }
  return drawn;
}

/** One line of text for a row of the picture. */
function textOf(row: Uint16Array): string {
  return Array.from(row, (steps) => {
    const shade = steps === LIMIT
      ? SHADES.length - 1
      : Math.min(Math.floor(Math.log2(steps)), SHADES.length - 2);
    return SHADES[shade];
  }).join("").trimEnd();
}

const picture = sharedArray(Uint16Array, WIDTH * HEIGHT);
const nextRow = sharedArray(Int32Array, 1);
const draw = [drawRows, picture, WIDTH, HEIGHT, LIMIT, nextRow] as const;
const drawn = await parallel(...Array.from({ length: navigator.hardwareConcurrency }, () => draw));

for (let row = 0; row < HEIGHT; row++) console.log(textOf(picture.subarray(row * WIDTH, (row + 1) * WIDTH)));
console.log(`${drawn.reduce((sum, rows) => sum + rows, 0)} rows`);
