/**
 * Writes a picture of the Mandelbrot set, as a PNG: rows are fanned out over the shared interpreters by a pipeline, which gives
 * them back in order, and go from there through the runtime's own compressor. Nothing holds the whole picture.
 *
 * Run it with the file to write, `mandelbrot.png` if none is given:
 * `deno run --allow-read=. --allow-write examples/mandelbrot_png.ts`, `bun examples/mandelbrot_png.ts`,
 * `node examples/mandelbrot_png.ts`
 */
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { chan, pipeline } from "@pool/csp";

const WIDTH = 600;
const HEIGHT = 400;
const LIMIT = 1_000;

/** One row as a PNG has it: a byte for its filter, which is none, and three for each point. */
function drawRow({ y, width, height, limit }: { y: number; width: number; height: number; limit: number }) {
  const row = new Uint8Array(1 + 3 * width);
  const y0 = (y - height / 2) * (2.4 / height);
  for (let x = 0; x < width; x++) {
    const x0 = (x / width) * 3.6 - 2.5;
    let [re, im, steps] = [0, 0, 0];
    while (re * re + im * im <= 4 && steps < limit) {
      [re, im] = [re * re - im * im + x0, 2 * re * im + y0];
      steps++;
    }
    const shade = steps === limit ? 0 : Math.log(steps + 1) / Math.log(limit);
    row.set([255 * shade ** 0.5, 255 * shade, 255 * (1 - shade) * shade * 4].map(Math.round), 1 + 3 * x);
  }
  return row;
}

/** A chunk of a PNG: its length, its type, what it holds, and a check sum over the latter two. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** The chunk that comes first: the size, 8 bits a colour, red, green and blue. */
function header(width: number, height: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(13));
  data.setUint32(0, width);
  data.setUint32(4, height);
  data.setUint16(8, 0x0802);
  return chunk("IHDR", new Uint8Array(data.buffer));
}

const jobs = Array.from({ length: HEIGHT }, (_, y) => ({ y, width: WIDTH, height: HEIGHT, limit: LIMIT }));
const rows = chan<Uint8Array>(16);
const drawn = pipeline(navigator.hardwareConcurrency, drawRow, jobs, rows);

const bytes = rows.toReadableStream() as ReadableStream<Uint8Array<ArrayBuffer>>;
const compressed = await new Response(bytes.pipeThrough(new CompressionStream("deflate"))).bytes();
await drawn;

const signature = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const png = Buffer.concat([
  signature,
  header(WIDTH, HEIGHT),
  chunk("IDAT", compressed),
  chunk("IEND", new Uint8Array()),
]);
const file = process.argv[2] ?? "mandelbrot.png";
await writeFile(file, png);
console.log(`${file}: ${WIDTH} × ${HEIGHT}, ${png.length} bytes`);
