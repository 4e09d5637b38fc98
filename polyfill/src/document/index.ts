/** Graph documents and conformance cases, for any implementation of the W3C WebNN API. */

export * from "./cases.js";
export * from "./comparison.js";
export * from "./document.js";
export * from "./elements.js";
export * from "./graph_file.js";
export * from "./limits.js";
export * from "./run.js";
export * from "./validation.js";
export * from "./webnn.js";
