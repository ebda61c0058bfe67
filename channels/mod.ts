/**
 * Channels between threads. The channels themselves arrive with the next release; what stands here already is used by
 * the interpreters.
 *
 * @module
 */
export { TimeoutError } from "./errors.ts";
