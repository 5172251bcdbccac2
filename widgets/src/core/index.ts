/** The editor core: `mount(element, host)` and the interface that a shell implements. */
export * from "./host.js";
export { MemoryHost } from "./memory-host.js";
export { mount } from "./mount.js";
export type * from "./model/spec.js";
