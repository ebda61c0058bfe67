/** The least of a global Worker that says it is ready and answers. */

const scope = globalThis as unknown as {
  onmessage: (event: { data: unknown }) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = function answer(event) {
  scope.postMessage(event.data);
};
scope.postMessage("ready");
