/** The document's `neck`: none, one part, or a list of them in order. Pure. */
import { isObject, type Step, setAt } from "./json.js";
import type { Json, JsonObject, Spec } from "./spec.js";

/** A part as an object: `"name"` is short for `{"type": "name"}`. */
export function asPart(value: Json | undefined): JsonObject {
  if (typeof value === "string") return { type: value };
  return isObject(value) ? value : {};
}

export function necksOf(spec: Spec): readonly Json[] {
  const { neck } = spec;
  if (neck === undefined || neck === null) return [];
  return Array.isArray(neck) ? neck : [neck];
}

/** The document with these necks, in the shortest way to write them. */
export function withNecks(spec: Spec, necks: readonly Json[]): Spec {
  const [only] = necks;
  return setAt(spec, ["neck"], necks.length > 1 ? [...necks] : only) as Spec;
}

/** Where a neck is written. */
export function neckSteps(spec: Spec, index: number): Step[] {
  return Array.isArray(spec.neck) ? ["neck", index] : ["neck"];
}

/** The document with a neck moved by one place. */
export function moveNeck(spec: Spec, index: number, by: 1 | -1): Spec {
  const necks = [...necksOf(spec)];
  const [taken] = necks.splice(index, 1);
  if (taken !== undefined) necks.splice(index + by, 0, taken);
  return withNecks(spec, necks);
}

/** The shelf of the catalog and the steps of a part that a node's path names; undefined for anything else. */
export function partAt(path: string): { shelf: "stems" | "necks" | "heads"; steps: Step[] } | undefined {
  const match = /^\$\.(stem|neck|head)(?:\[(\d+)\])?$/.exec(path);
  if (!match?.[1]) return undefined;
  const steps: Step[] = match[2] === undefined ? [match[1]] : [match[1], Number(match[2])];
  return { shelf: ({ stem: "stems", neck: "necks", head: "heads" } as const)[match[1] as "stem"], steps };
}
