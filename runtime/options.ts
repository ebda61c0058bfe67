/** Refuses option names that nobody reads, so that a typing error does not pass in silence. */

/**
 * Throws `TypeError` when `options` is no object or has an own key outside of `known`; `undefined` passes.
 * `action` begins the message: "Cannot create interpreter".
 */
export function checkOptions(action: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `${action}: options are ${options === null ? "null" : typeof options}; pass an object`,
    );
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`${action}: unknown option "${key}"; known are ${known.join(", ")}`);
    }
  }
}
