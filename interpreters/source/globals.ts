/**
 * The fixed list of the runtimes' globals: a function that uses one of these captures nothing.
 *
 * It is what the global scope of an interpreter has on Node, Deno, Bun or in a browser's worker, whichever of them
 * reads the list, and the few names of a page by which code asks where it runs. Left out are ordinary words
 * (`name`, `event`, `prompt`, `location`, `Cache`, `Node`, `Text` …): as free names in a function these are
 * nearly always somebody's variable. Where one of them is a global here, `captured` lets it pass all the same.
 */

const ECMASCRIPT = `
  AggregateError Array ArrayBuffer AsyncDisposableStack Atomics BigInt BigInt64Array BigUint64Array Boolean DataView
  Date DisposableStack Error EvalError FinalizationRegistry Float16Array Float32Array Float64Array Function Infinity
  Int16Array Int32Array Int8Array Intl Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError
  Reflect RegExp Set SharedArrayBuffer String SuppressedError Symbol SyntaxError Temporal TypeError URIError Uint16Array
  Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly decodeURI decodeURIComponent encodeURI
  encodeURIComponent escape eval globalThis isFinite isNaN parseFloat parseInt undefined unescape`;

const EVERY_RUNTIME = `
  AbortController AbortSignal Blob BroadcastChannel ByteLengthQueuingStrategy CloseEvent CompressionStream
  CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DecompressionStream ErrorEvent Event EventSource
  EventTarget File FormData Headers MessageChannel MessageEvent MessagePort Navigator Performance PerformanceEntry
  PerformanceMark PerformanceMeasure PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming
  PromiseRejectionEvent QuotaExceededError ReadableByteStreamController ReadableStream ReadableStreamBYOBReader
  ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request Response   SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController URL URLPattern URLSearchParams WebSocket WebSocketError WebSocketStream Worker
  WritableStream WritableStreamDefaultController WritableStreamDefaultWriter addEventListener atob btoa clearInterval
  clearTimeout console createImageBitmap crypto dispatchEvent fetch localStorage navigator performance postMessage
  queueMicrotask removeEventListener reportError self sessionStorage setInterval setTimeout structuredClone`;

const NODE_BUN_DENO = `
  Bun BuildMessage Buffer Deno HTMLRewriter PerformanceServerTiming PerformanceTiming   ResolveMessage ShadowRealm alert clearImmediate confirm global process setImmediate`;

const WORKERS_AND_PAGES = `
  CacheStorage CSSStyleSheet DOMMatrix DOMMatrixReadOnly DOMPoint DOMPointReadOnly DOMQuad DOMRect DOMRectReadOnly
  DedicatedWorkerGlobalScope FileReader FileReaderSync FileSystemDirectoryHandle FileSystemFileHandle
  FileSystemHandle FileSystemSyncAccessHandle FileSystemWritableFileStream FontFace GPU GPUAdapter GPUAdapterInfo
  GPUBindGroup GPUBindGroupLayout GPUBuffer GPUBufferUsage GPUCanvasContext GPUColorWrite GPUCommandBuffer
  GPUCommandEncoder GPUCompilationInfo GPUCompilationMessage GPUComputePassEncoder GPUComputePipeline GPUDevice
  GPUDeviceLostInfo GPUError GPUInternalError GPUMapMode GPUOutOfMemoryError GPUPipelineError GPUPipelineLayout
  GPUQuerySet GPUQueue GPURenderBundle GPURenderBundleEncoder GPURenderPassEncoder GPURenderPipeline GPUSampler
  GPUShaderModule GPUShaderStage GPUSupportedFeatures GPUSupportedLimits GPUTexture GPUTextureUsage GPUTextureView
  GPUUncapturedErrorEvent GPUValidationError IDBCursor IDBCursorWithValue IDBDatabase IDBFactory IDBIndex IDBKeyRange
  IDBObjectStore IDBOpenDBRequest IDBRequest IDBTransaction IDBVersionChangeEvent ImageBitmap
  ImageBitmapRenderingContext ImageData LockManager NavigatorUAData OffscreenCanvas OffscreenCanvasRenderingContext2D
  ProgressEvent RTCDataChannel ServiceWorkerGlobalScope SharedWorker SharedWorkerGlobalScope StorageManager
  TrustedHTML TrustedScript TrustedScriptURL VideoFrame WebGL2RenderingContext
  WebGLRenderingContext WebTransport Window WorkerGlobalScope WorkerLocation WorkerNavigator XMLHttpRequest
  cancelAnimationFrame crossOriginIsolated document importScripts indexedDB isSecureContext onerror
  onmessage onmessageerror onunhandledrejection requestAnimationFrame window`;

/** The names. */
export const GLOBAL_NAMES: ReadonlySet<string> = new Set(
  [ECMASCRIPT, EVERY_RUNTIME, NODE_BUN_DENO, WORKERS_AND_PAGES].flatMap((names) => names.trim().split(/\s+/)),
);
