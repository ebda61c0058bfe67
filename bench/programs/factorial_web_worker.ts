/** The factorial in a bare global Worker: says that it is ready, then answers `[n, times]`. */

import { factorial } from "./factorial.ts";

const scope = globalThis as unknown as {
  onmessage: (event: { data: [number, number] }) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = function answer(event) {
  scope.postMessage(factorial(...event.data));
};
scope.postMessage("ready");
