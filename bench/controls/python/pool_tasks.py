"""The tasks of `../../party/workloads.ts`; a module of its own, as interpreters and processes import it by name."""

import math


def nbody(steps):
    """Five bodies that attract each other, so many steps; their energy in the end."""
    days, sun = 365.24, 4 * math.pi * math.pi
    bodies = [
        [0, 0, 0, 0, 0, 0, sun],
        [4.84, -1.16, -0.1, 0.00166 * days, 0.0077 * days, -0.000069 * days, 0.00095 * sun],
        [8.34, 4.12, -0.4, -0.00277 * days, 0.005 * days, 0.000023 * days, 0.00028 * sun],
        [12.9, -15.1, -0.22, 0.00296 * days, 0.00238 * days, -0.00003 * days, 0.000044 * sun],
        [15.4, -25.9, 0.18, 0.00268 * days, 0.00163 * days, -0.000095 * days, 0.000052 * sun],
    ]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    for _ in range(steps):
        for a, b in pairs:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            square = dx * dx + dy * dy + dz * dz
            pull = 0.01 / (square * math.sqrt(square))
            a[3] -= dx * b[6] * pull
            a[4] -= dy * b[6] * pull
            a[5] -= dz * b[6] * pull
            b[3] += dx * a[6] * pull
            b[4] += dy * a[6] * pull
            b[5] += dz * a[6] * pull
        for body in bodies:
            body[0] += 0.01 * body[3]
            body[1] += 0.01 * body[4]
            body[2] += 0.01 * body[5]
    energy = 0
    for _, _, _, vx, vy, vz, mass in bodies:
        energy += mass * (vx * vx + vy * vy + vz * vz) / 2
    return energy


def increment(n):
    """Next to nothing."""
    return n + 1


def addPrices(items):
    """Looks at each of many objects."""
    return sum(item["price"] + len(item["tags"]) for item in items)


def makeItems(count):
    """Makes so many objects."""
    return [
        {"id": i, "name": f"item {i}", "price": i % 1000, "tags": ["new", "small"]} for i in range(count)
    ]


def weigh(result):
    """A number for what a task gave."""
    return addPrices(result) if isinstance(result, list) else result
