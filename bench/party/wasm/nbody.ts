/** `nbody` of `../workloads.ts` in AssemblyScript: the same operations in the same order, so the same energy. */

const BODIES = 5;
const DAYS: f64 = 365.24;
const SUN: f64 = 4 * Math.PI * Math.PI;

// deno-fmt-ignore
const START: f64[] = [
  0, 0, 0, 0, 0, 0, SUN,
  4.84, -1.16, -0.1, 0.00166 * DAYS, 0.0077 * DAYS, -0.000069 * DAYS, 0.00095 * SUN,
  8.34, 4.12, -0.4, -0.00277 * DAYS, 0.005 * DAYS, 0.000023 * DAYS, 0.00028 * SUN,
  12.9, -15.1, -0.22, 0.00296 * DAYS, 0.00238 * DAYS, -0.00003 * DAYS, 0.000044 * SUN,
  15.4, -25.9, 0.18, 0.00268 * DAYS, 0.00163 * DAYS, -0.000095 * DAYS, 0.000052 * SUN,
];

@unmanaged
class Body {
  x: f64;
  y: f64;
  z: f64;
  vx: f64;
  vy: f64;
  vz: f64;
  mass: f64;
}

const SIZE = offsetof<Body>();
const memory_ = heap.alloc(BODIES * SIZE);

function body(i: i32): Body {
  return changetype<Body>(memory_ + (<usize> i) * SIZE);
}

/** So many steps; the energy in the end. */
export function nbody(steps: i32): f64 {
  for (let i = 0; i < BODIES * 7; i++) store<f64>(memory_ + (<usize> i) * 8, START[i]);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < BODIES; i++) {
      const a = body(i);
      for (let j = i + 1; j < BODIES; j++) {
        const b = body(j);
        const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
        const square = dx * dx + dy * dy + dz * dz;
        const pull: f64 = 0.01 / (square * Math.sqrt(square));
        a.vx -= dx * b.mass * pull;
        a.vy -= dy * b.mass * pull;
        a.vz -= dz * b.mass * pull;
        b.vx += dx * a.mass * pull;
        b.vy += dy * a.mass * pull;
        b.vz += dz * a.mass * pull;
      }
    }
    for (let i = 0; i < BODIES; i++) {
      const one = body(i);
      one.x += 0.01 * one.vx;
      one.y += 0.01 * one.vy;
      one.z += 0.01 * one.vz;
    }
  }
  let energy: f64 = 0;
  for (let i = 0; i < BODIES; i++) {
    const one = body(i);
    energy += one.mass * (one.vx * one.vx + one.vy * one.vy + one.vz * one.vz) / 2;
  }
  return energy;
}
