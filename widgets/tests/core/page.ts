/** The editor on a page of jsdom, and what a user does to it; call `onPage()` once in a test file. */
import { act, fireEvent } from "@testing-library/react";
import { afterEach, beforeEach } from "vitest";
import type { MemoryHost } from "../../src/core/memory-host.js";
import { mount } from "../../src/core/mount.js";
import { settled } from "./helpers.js";

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

export let element: HTMLElement;
let unmount: () => void = () => {};

export function onPage(): void {
  beforeEach(() => {
    globalThis.ResizeObserver = class {
      observe() {}
      unobserve() {}
      disconnect() {}
    };
    HTMLCanvasElement.prototype.getContext = (() => null) as never;
    element = document.createElement("div");
    document.body.append(element);
  });

  afterEach(() => {
    act(() => unmount());
    unmount = () => {};
    element.remove();
  });
}

export async function show(host: MemoryHost): Promise<void> {
  await act(async () => {
    unmount = mount(element, host);
    await settled();
  });
}

export const find = <E extends Element = HTMLElement>(selector: string): E => {
  const found = element.querySelector<E>(selector);
  if (!found) throw new Error(`Nothing matches ${selector}`);
  return found;
};
export const node = (id: string) =>
  [...element.querySelectorAll<SVGElement>('[data-type="node"]')].find((e) => e.dataset.id === id) as SVGElement;
export const link = (id: string) =>
  [...element.querySelectorAll<SVGElement>('[data-type="link"]')].find((e) => e.dataset.id === id) as SVGElement;
export const specOf = (host: MemoryHost) => {
  const content = host.document.get();
  return content.kind === "spec" ? content.spec : null;
};
export const press = async (target: Element, key: string, more: object = {}) => {
  await act(async () => {
    fireEvent.keyDown(target, { key, ...more });
    await settled();
  });
};
export const click = async (target: Element) => {
  await act(async () => {
    fireEvent.click(target);
    await settled();
  });
};
export const type = async (input: HTMLInputElement, text: string) => {
  await act(async () => {
    fireEvent.focus(input);
    fireEvent.change(input, { target: { value: text } });
    await settled();
  });
};
