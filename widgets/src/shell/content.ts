/**
 * Text of a file <-> content of an editor. Reading is as strict as Python's `archlab.spec.reading` about the frame, so
 * that nothing which an edit would silently lose is ever opened as a document; writing gives the same canonical text
 * as `archlab.spec.writing` without asking anyone.
 */
import type { Content } from "../core/host.js";
import type { Json, JsonObject, Spec } from "../core/model/spec.js";

const FORMAT = "archlab/1";
const MAX_BYTES = 1 << 20;
const MAX_NESTING = 64;
const WIDTH = 100;
const ORDER = [
  "format",
  "name",
  "input",
  "layout",
  "cells",
  "options",
  "code_options",
  "blocks",
  "links",
  "stem",
  "head",
];
const SORTED = new Set(["code_options", "blocks", "links"]);
const LEFT_OUT_WHEN_EMPTY = new Set(["options", "code_options", "blocks", "links"]);

/** The content that a file's text stands for. */
export function readContent(text: string): Content {
  const body = text.replace(/^\uFEFF/, "");
  if (body.trim() === "") return { kind: "empty" };
  if (body.length > MAX_BYTES || new TextEncoder().encode(body).length > MAX_BYTES) return { kind: "text", text };
  let value: Json;
  try {
    value = JSON.parse(body);
  } catch {
    return { kind: "text", text };
  }
  if (!isObject(value)) return { kind: "text", text };
  if (Object.keys(value).length === 0) return { kind: "empty" };
  if (value.format !== FORMAT || !survives(body)) return { kind: "text", text };
  return { kind: "spec", spec: value };
}

/** The text of a file for that content. */
export function writeContent(content: Content): string {
  if (content.kind === "empty") return "";
  return content.kind === "text" ? content.text : writeSpec(content.spec);
}

/** The canonical text: fixed order of fields, short things on one line, a newline at the end. */
export function writeSpec(spec: Spec): string {
  return `${layOut(canonical(spec), "", 0)}\n`;
}

/**
 * False when `JSON.parse` keeps less than the text says: a key twice in one object, a nesting that no document has, or
 * a whole number that a double cannot hold. `text` is sound JSON.
 */
function survives(text: string): boolean {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]|(?<![\d.])-?\d{16,}(?![\d.eE])/g;
  for (const match of text.matchAll(tokens)) {
    const token = match[0];
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : null);
      if (open.length > MAX_NESTING) return false;
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (match[1] !== undefined) {
      const key: string = JSON.parse(token.slice(0, token.length - match[1].length));
      const keys = open.at(-1);
      if (keys?.has(key)) return false;
      keys?.add(key);
    } else if (!token.startsWith('"') && !Number.isSafeInteger(Number(token))) {
      return false;
    }
  }
  return true;
}

function canonical(spec: Spec): JsonObject {
  const known = ORDER.filter((key) => key in spec);
  const rest = Object.keys(spec).filter((key) => !ORDER.includes(key));
  const result: JsonObject = {};
  for (const key of [...known, ...rest]) {
    const value = spec[key] as Json;
    if (LEFT_OUT_WHEN_EMPTY.has(key) && isObject(value) && Object.keys(value).length === 0) continue;
    if (key === "head" && value === null) continue;
    if (isObject(value) && SORTED.has(key)) put(result, key, sorted(value));
    else if (isObject(value) && (key === "layout" || key === "stem" || key === "head"))
      put(result, key, typeFirst(value));
    else put(result, key, value);
  }
  return result;
}

function sorted(value: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(value).sort()) put(result, key, value[key] as Json);
  return result;
}

function typeFirst(value: JsonObject): JsonObject {
  const { type, ...rest } = value;
  return type === undefined ? value : { type, ...rest };
}

/** A plain assignment to `__proto__` would set the prototype and lose the entry. */
function put(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function layOut(value: Json, indent: string, used: number): string {
  const flat = flatten(value);
  if (typeof value !== "object" || value === null) return flat;
  const entries = Object.entries(value);
  if (entries.length === 0 || (indent !== "" && indent.length + used + [...flat].length <= WIDTH)) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const rows = value.map((entry) => inner + layOut(entry, inner, 0));
    return `[\n${rows.join(",\n")}\n${indent}]`;
  }
  const rows = entries.map(([key, entry]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${layOut(entry, inner, [...name].length)}`;
  });
  return `{\n${rows.join(",\n")}\n${indent}}`;
}

function flatten(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flatten).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)}: ${flatten(entry)}`);
  return `{${entries.join(", ")}}`;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
