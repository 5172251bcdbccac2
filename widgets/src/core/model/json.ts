/** Equality, paths and immutable changes of plain JSON. */
import type { Json, JsonObject } from "./spec.js";

export type Step = string | number;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A path as diagnostics write it: `$.neck[1].width`. */
export function pathText(steps: readonly Step[]): string {
  return `$${steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("")}`;
}

/** Deep equality; the order of keys does not count. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, i) => equal(value, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
  }
  return false;
}

/** The value at a path, undefined where there is none. */
export function getAt(value: Json | undefined, steps: readonly Step[]): Json | undefined {
  let here: Json | undefined = value;
  for (const step of steps) {
    if (Array.isArray(here) && typeof step === "number") here = here[step];
    else if (isObject(here) && Object.hasOwn(here, step)) here = here[step];
    else return undefined;
  }
  return here;
}

/**
 * A copy with the value at the path replaced; undefined removes the key, and an object emptied by that stays.
 *
 * A number leads into a list only: where there is none, as when a path is older than the document, nothing changes.
 */
export function setAt(value: Json | undefined, steps: readonly Step[], next: Json | undefined): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return next ?? null;
  if (Array.isArray(value) && typeof step === "number") {
    const copy = value.slice();
    if (rest.length === 0 && next === undefined) copy.splice(step, 1);
    else copy[step] = rest.length ? setAt(copy[step], rest, next) : (next as Json);
    return copy;
  }
  if (typeof step === "number") return value ?? null;
  const copy: JsonObject = isObject(value) ? { ...value } : {};
  if (rest.length === 0) {
    if (next === undefined) delete copy[step];
    else define(copy, step, next);
  } else if (next !== undefined || isObject(copy[step]) || Array.isArray(copy[step])) {
    define(copy, step, setAt(Object.hasOwn(copy, step) ? copy[step] : undefined, rest, next));
  }
  return copy;
}

/** Assignment that treats `__proto__` as a name like any other. */
function define(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Like `setAt` with undefined, and takes objects away that are empty afterwards (but never the document). */
export function removeAt(value: Json | undefined, steps: readonly Step[]): Json {
  let result = setAt(value, steps, undefined);
  for (let end = steps.length - 1; end > 0; end--) {
    const parent = getAt(result, steps.slice(0, end));
    if (!isObject(parent) || Object.keys(parent).length > 0) break;
    result = setAt(result, steps.slice(0, end), undefined);
  }
  return result;
}
