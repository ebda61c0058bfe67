/** Cases that are selected from again and again. */
import type { AnySelected, Turn } from "./attempt.ts";
import { CaseSet } from "./case_set.ts";
import type { SelectLimits, SelectMode } from "./cases.ts";
import { perform } from "./select.ts";
import { checkSelectOptions } from "./select_options.ts";
import { staysHere } from "../sharing/errors.ts";

/** See `alternation` in api.ts. */
export function alternation(cases: unknown): Alternating {
  return new Alternating(cases);
}

/** What `alternation` gives. */
export class Alternating {
  static {
    staysHere(this.prototype, "an alternation belongs to the interpreter that made it; send its channels");
  }

  readonly #set: CaseSet;
  /**
   * In turns, a case that stays ready comes nearer to the front of the order with each select, so it waits for each of
   * the others once at most.
   */
  readonly #turn: Turn = { last: -1 };

  constructor(cases: unknown) {
    this.#set = CaseSet.of(cases);
  }

  select(limits?: SelectLimits): Promise<AnySelected> {
    return this.#select("random", limits);
  }

  prioritySelect(limits?: SelectLimits): Promise<AnySelected> {
    return this.#select("priority", limits);
  }

  fairSelect(limits?: SelectLimits): Promise<AnySelected> {
    return this.#select(this.#turn, limits);
  }

  #select(mode: SelectMode | Turn, limits: SelectLimits | undefined): Promise<AnySelected> {
    try {
      checkSelectOptions(limits, ["signal", "timeout"]);
    } catch (error) {
      return Promise.reject(error);
    }
    return perform(this.#set, mode, limits);
  }
}
