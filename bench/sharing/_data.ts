/** What is shared in the benchmark: realistic data of several sizes, and how all of it is read. */

/** Data, what is measured first of it, and a sum over all of it. */
export interface Data {
  readonly name: string;
  make(quick: boolean): unknown;
  /** Reads one field in the middle. */
  first(value: never): unknown;
}

interface Order {
  readonly id: number;
  readonly customer: { readonly name: string; readonly city: string };
  readonly lines: readonly { readonly sku: string; readonly count: number; readonly price: number }[];
  readonly paid: boolean;
}

interface Shop {
  readonly shop: string;
  readonly orders: readonly Order[];
}

/** Bytes of one order as JSON, about. */
const ORDER_BYTES = 250;

function shop(bytes: number): Shop {
  return {
    shop: "north",
    orders: Array.from({ length: Math.max(1, Math.round(bytes / ORDER_BYTES)) }, (_, id) => ({
      id,
      customer: { name: `customer ${id % 10_007}`, city: `city ${id % 499}` },
      lines: Array.from(
        { length: 3 },
        (_, i) => ({ sku: `sku ${(id * 7 + i) % 5003}`, count: i + 1, price: id / 8 }),
      ),
      paid: id % 3 !== 0,
    })),
  };
}

function json(name: string, bytes: number, quickBytes = bytes): Data {
  return {
    name,
    make: (quick) => shop(quick ? quickBytes : bytes),
    first: (value: Shop) => value.orders[value.orders.length >> 1]!.lines[1]!.price,
  };
}

/** The name of the smallest and of the largest nested data. */
export const SMALL = "JSON of 1 KB";
export const LARGE = "JSON of 50 MB";

/** All of them, from the smallest; when it is to be quick, the large ones are a twentieth. */
export const DATA: readonly Data[] = [
  json(SMALL, 1000),
  json("JSON of 1 MB", 1e6),
  json(LARGE, 5e7, 2.5e6),
  {
    name: "table of 1 M rows",
    make: (quick) =>
      Array.from(
        { length: quick ? 5e4 : 1e6 },
        (_, id) => ({ id, price: id / 8, name: `product ${id % 9973}` }),
      ),
    first: (value: { price: number }[]) => value[value.length >> 1]!.price,
  },
  {
    name: "dictionary of 1 M strings",
    make: (quick) =>
      new Map(Array.from({ length: quick ? 5e4 : 1e6 }, (_, i) => [`word ${i}`, `meaning of ${i}`])),
    first: (value: Map<string, string>) => value.get("word 777"),
  },
];

/** Reads all of a value: how many values there are. */
export function countAll(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  if (value instanceof Map) { for (const [key, item] of value) count += countAll(key) + countAll(item); }
  else if (Array.isArray(value)) { for (const item of value) count += countAll(item); }
  else for (const key in value) count += countAll((value as Record<string, unknown>)[key]);
  return count;
}
