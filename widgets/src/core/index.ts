/** The editor core: `mount(element, host)` and the interface that a shell implements. */
export * from "./host.js";
export { MemoryHost } from "./memory-host.js";
export type * from "./model/spec.js";
export { mount } from "./mount.js";
