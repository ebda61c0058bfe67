/**
 * How every select begins: by the short way, if all its cases are receives from channels and one can take effect at once.
 * Nothing is made for that but the result: no guards, no order.
 *
 * *Invariants.* Each case is read once. It takes effect only where the long way could: all are seen to be what they must
 * before any is attempted, in an order that is drawn as the long way draws it.
 */
import type { Form } from "../channels/form.ts";
import { FORM, type Receivable, SEE_GUARD, UNREADY } from "../channels/port.ts";
import { type AnySelected, orderOf, resultOf } from "./attempt.ts";
import { CaseSet, checkPlain } from "./case_set.ts";
import type { SelectMode } from "./cases.ts";

/** What may stand among the cases: FORM gives what it receives from, and throws as its guard would be refused. */
export type Item = Partial<Receivable> | null | undefined;

/**
 * The result of the case that took effect, or, and nothing has happened, the cases for the long way. Throws what the case
 * failed with, and `TypeError` when there is something else among them.
 */
export function begin(cases: unknown, mode: SelectMode): AnySelected | CaseSet {
  if (!Array.isArray(cases)) return beginByName(cases, mode);
  if (cases.length !== 2) return receiveOfMany([...cases] as unknown[], undefined, mode);
  // The most common, and so without further calls, which are not all compiled into the loop around them.
  const item = cases[0] as Item;
  const other = cases[1] as Item;
  const form = item?.[FORM]?.();
  const otherForm = other?.[FORM]?.();
  if (form === undefined || otherForm === undefined) return longWay(item, other);
  let index = mode === "priority" ? 0 : tossCoin();
  let value = (index === 0 ? form : otherForm).takeNow();
  if (value === UNREADY) {
    index ^= 1;
    value = (index === 0 ? form : otherForm).takeNow();
    if (value === UNREADY) return longWay(item, other);
  }
  if (value !== SEE_GUARD) return { case: index, value, closed: false };
  return endOf(index, index === 0 ? form : otherForm) ?? longWay(item, other);
}

/** Which of both {@link begin} has given; faster than to ask for the class. */
export function isResult(begun: AnySelected | CaseSet): begun is AnySelected {
  return (begun as AnySelected).closed !== undefined;
}

function longWay(item: unknown, other: unknown, keys?: readonly string[]): CaseSet {
  return new CaseSet([item, other], keys);
}

function beginByName(cases: unknown, mode: SelectMode): AnySelected | CaseSet {
  checkPlain(cases);
  const keys = Object.keys(cases);
  if (keys.length !== 2) return receiveOfMany(keys.map((key) => cases[key]), keys, mode);
  const [key, otherKey] = keys as [string, string];
  const item = cases[key] as Item;
  const other = cases[otherKey] as Item;
  const form = item?.[FORM]?.();
  const otherForm = other?.[FORM]?.();
  if (form === undefined || otherForm === undefined) return longWay(item, other, keys);
  const swap = mode !== "priority" && tossCoin() === 1;
  return receiveFrom(swap ? otherKey : key, swap ? otherForm : form) ??
    receiveFrom(swap ? key : otherKey, swap ? form : otherForm) ?? longWay(item, other, keys);
}

/** `keys`: undefined for indices. */
function receiveOfMany(
  items: readonly unknown[],
  keys: readonly string[] | undefined,
  mode: SelectMode,
): AnySelected | CaseSet {
  const forms: Form[] = [];
  for (const item of items as Item[]) {
    const form = item?.[FORM]?.();
    if (form === undefined) return new CaseSet(items, keys);
    forms.push(form);
  }
  if (forms.length === 1) return receiveFrom(keys?.[0] ?? 0, forms[0]!) ?? new CaseSet(items, keys);
  for (const index of orderOf(mode, forms.length)) {
    const result = receiveFrom(keys?.[index] ?? index, forms[index]!);
    if (result !== undefined) return result;
  }
  return new CaseSet(items, keys);
}

function receiveFrom(key: string | number, form: Form): AnySelected | undefined {
  const value = form.takeNow();
  if (value === UNREADY) return undefined;
  return value === SEE_GUARD ? endOf(key, form) : { case: key, value, closed: false };
}

/** How a receive ends that has nothing to take. */
export function endOf(key: string | number, form: Form): AnySelected | undefined {
  const settled = form.receiving().attempt();
  return settled && resultOf([key], { index: 0, settled });
}

/** Coins not tossed yet, below a bit that is set: a random number costs as much as a receive. */
let coins = 1;

/** 0 or 1. */
export function tossCoin(): number {
  if (coins === 1) coins = Math.floor(Math.random() * 2 ** 30) | 2 ** 30;
  const coin = coins & 1;
  coins >>= 1;
  return coin;
}
