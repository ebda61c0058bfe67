/**
 * Tasks of different character, each a function of one argument that needs nothing around it: pools of this library send it
 * as source, those of others load this module in their threads.
 *
 * Each gives a number, or what {@link weigh} makes one of, so that all ways can be checked against each other.
 */

/** What large arguments and results are made of. */
export interface Item {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  readonly tags: readonly string[];
}

/** Five bodies that attract each other, so many steps of a hundredth of a day; their energy in the end. */
export function nbody(steps: number): number {
  const DAYS = 365.24;
  const SUN = 4 * Math.PI * Math.PI;
  // deno-fmt-ignore
  const bodies = [
    [0, 0, 0, 0, 0, 0, SUN],
    [4.84, -1.16, -0.1, 0.00166 * DAYS, 0.0077 * DAYS, -0.000069 * DAYS, 0.00095 * SUN],
    [8.34, 4.12, -0.4, -0.00277 * DAYS, 0.005 * DAYS, 0.000023 * DAYS, 0.00028 * SUN],
    [12.9, -15.1, -0.22, 0.00296 * DAYS, 0.00238 * DAYS, -0.00003 * DAYS, 0.000044 * SUN],
    [15.4, -25.9, 0.18, 0.00268 * DAYS, 0.00163 * DAYS, -0.000095 * DAYS, 0.000052 * SUN],
  ].map(([x, y, z, vx, vy, vz, mass]) => ({ x, y, z, vx, vy, vz, mass })) as {
    x: number;
    y: number;
    z: number;
    vx: number;
    vy: number;
    vz: number;
    mass: number;
  }[];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < bodies.length; i++) {
      const a = bodies[i]!;
      for (let j = i + 1; j < bodies.length; j++) {
        const b = bodies[j]!;
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz;
        const pull = 0.01 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (const body of bodies) {
      body.x += 0.01 * body.vx;
      body.y += 0.01 * body.vy;
      body.z += 0.01 * body.vz;
    }
  }
  return bodies.reduce((sum, { vx, vy, vz, mass }) => sum + mass * (vx * vx + vy * vy + vz * vz) / 2, 0);
}

/** Next to nothing: all is the cost of the task itself. */
export function increment(n: number): number {
  return n + 1;
}

/** Looks at each of many objects: nearly all is the cost of carrying them here. */
export function addPrices(items: readonly Item[]): number {
  let sum = 0;
  for (const item of items) sum += item.price + item.tags.length;
  return sum;
}

/** Makes so many objects: nearly all is the cost of carrying them back. */
export function makeItems(count: number): Item[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    name: `item ${id}`,
    price: id % 1000,
    tags: ["new", "small"],
  }));
}

/** Goes through so many MiB of its own memory in steps that no cache helps with. */
export function scatter(mebibytes: number): number {
  const words = new Int32Array(mebibytes << 18);
  const mask = words.length - 1;
  let at = 1;
  for (let i = 0; i < words.length >> 3; i++) {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) & mask;
    words[at] = words[at]! + i | 0;
  }
  return words[at]!;
}

/** A number for what a task gave. */
export function weigh(result: unknown): number {
  return Array.isArray(result) ? addPrices(result as Item[]) : result as number;
}
