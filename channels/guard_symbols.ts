/** The names of the methods that make an object a case of a select; alone in a file, for the facades to load no more. */

/**
 * Method of whatever can be a case of a select by itself: gives its guard, asked for anew by each select. A channel's, a
 * receiver's and a timer's is that of one receive. Throws where the operation itself would be refused.
 */
export const GUARD: unique symbol = Symbol("guard");

/** Method of whatever can be sent to: gives the guard of a send of one value. Throws where that send would be refused. */
export const SENDING: unique symbol = Symbol("sending");

/**
 * Method of channels and receivers: the form that their operations go to, for a select to receive from without a guard. Throws
 * where the operation itself would be refused.
 */
export const FORM: unique symbol = Symbol("form");

/** `Form.takeNow` has taken nothing: it would have to wait. */
export const UNREADY: unique symbol = Symbol("unready");

/** `Form.takeNow` has taken nothing: how a receive ends, an attempt of the form's guard tells. */
export const SEE_GUARD: unique symbol = Symbol("see guard");
