/** Throws while it is imported. */
throw new EvalError("This module is broken");

export function never(): void {}
