/** Form fields from JSON Schema: what kind of input, how a value is written, how typed text is read. */
import { isObject } from "./json.js";
import { isNumberText, keepsNumber } from "./numbers.js";
import type { Json, Schema } from "./spec.js";

export type FieldKind = "choice" | "switch" | "number" | "text" | "list" | "mixed";

export interface Field {
  name: string;
  kind: FieldKind;
  label: string;
  doc: string;
  initial: Json | undefined;
  choices: Json[];
  integer: boolean;
  minimum?: number;
  maximum?: number;
  /** Fixed number of entries of a list, where there is one. */
  length?: number;
  optional: boolean;
  /** Heading under which it stands. */
  group: string;
  /** What choices are called, where their own words do not say enough; "" = none chosen. */
  titles?: Readonly<Record<string, string>>;
  schema: Schema;
}

export interface FieldGroup {
  name: string;
  fields: Field[];
}

export type Parsed = { ok: true; value: Json | undefined } | { ok: false; message: string };

/** The fields of an object schema, in order; `type`, `kind` and `code` are chosen elsewhere. */
export function fieldsOf(object: Schema | undefined, without: readonly string[] = []): Field[] {
  const required = new Set(object?.required ?? []);
  return Object.entries(object?.properties ?? {})
    .filter(([name]) => !["type", "kind", "code", ...without].includes(name))
    .map(([name, schema]) => fieldOf(name, schema, required.has(name)));
}

export function fieldOf(name: string, schema: Schema, required = false): Field {
  const options = schema.anyOf ?? [schema];
  const types = new Set(options.flatMap((s) => (s.type === undefined ? [] : [s.type])));
  const optional = types.delete("null") || !required;
  const rest = options.filter((s) => s.type !== "null");
  const only: Schema = rest.length === 1 ? { ...schema, ...rest[0] } : schema;
  const choices = only.enum ?? [];
  const field: Field = {
    name,
    kind: kindOf(only, types, choices),
    label: title(name),
    doc: schema.description ?? only.description ?? "",
    initial: schema.default,
    choices,
    integer: !types.has("number"),
    optional,
    group: schema["x-archlab-group"] ?? "",
    schema: only,
  };
  const low = rest.map((s) => s.minimum).find((m) => m !== undefined);
  const high = rest.map((s) => s.maximum).find((m) => m !== undefined);
  if (low !== undefined) field.minimum = low;
  if (high !== undefined) field.maximum = high;
  const size = only.prefixItems?.length ?? (only.minItems === only.maxItems ? only.minItems : undefined);
  if (size !== undefined) field.length = size;
  return field;
}

/** Fields under their headings: those without one first, then the most special group, which a schema names last. */
export function grouped(fields: readonly Field[]): FieldGroup[] {
  const groups = new Map<string, Field[]>();
  for (const field of fields) {
    const group = groups.get(field.group);
    if (group) group.push(field);
    else groups.set(field.group, [field]);
  }
  const named = [...groups].map(([name, own]) => ({ name, fields: own })).reverse();
  return [...named.filter((group) => group.name === ""), ...named.filter((group) => group.name !== "")];
}

function kindOf(schema: Schema, types: ReadonlySet<string>, choices: readonly Json[]): FieldKind {
  if (choices.length > 0) return "choice";
  if (types.size !== 1) return "mixed";
  if (types.has("boolean")) return "switch";
  if (types.has("integer") || types.has("number")) return "number";
  if (types.has("array")) return "list";
  return types.has("string") && schema ? "text" : "mixed";
}

/** `mixer_ratio` -> `Mixer ratio`. */
export function title(name: string): string {
  const plain = name.replaceAll("_", " ");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** A value as it stands in a form. */
export function written(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map(written).join(", ");
  return isObject(value) ? JSON.stringify(value) : String(value);
}

/** Reads typed text. Range is judged by the other side; this only asks for the right type. */
export function read(text: string, field: Field): Parsed {
  const trimmed = text.trim();
  if (field.kind === "text") return { ok: true, value: text === "" ? undefined : text };
  if (trimmed === "") return { ok: true, value: undefined };
  if (field.kind === "number") return readNumber(trimmed, field.integer);
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
    return readJson(trimmed);
  }
  const parts = trimmed.split(/\s*[,;x×]\s*|\s+/);
  if (field.kind === "list" || parts.length > 1) {
    const values = parts.map((part) => scalar(part, field));
    if (values.some((v, i) => v !== undefined && !holds(v, parts[i]))) return { ok: false, message: TOO_LONG };
    if (field.kind === "list" && values.some((v) => v === undefined || (typeof v === "string" && !takesText(field)))) {
      return {
        ok: false,
        message: field.length
          ? `Write ${field.length} numbers, such as ${example(field)}.`
          : "Write numbers with commas between.",
      };
    }
    if (parts.length > 1 || field.kind === "list") return { ok: true, value: values as Json[] };
  }
  const value = scalar(trimmed, field) ?? trimmed;
  return holds(value, trimmed) ? { ok: true, value } : { ok: false, message: TOO_LONG };
}

const TOO_LONG = "This number is too large or too long to be kept as it is written.";

function readJson(text: string): Parsed {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { ok: false, message: "This is not complete yet." };
  }
  const numbers = text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g) ?? [];
  const lost = numbers.some((token) => !token.startsWith('"') && !keepsNumber(token));
  return lost ? { ok: false, message: TOO_LONG } : { ok: true, value };
}

function readNumber(text: string, integer: boolean): Parsed {
  const number = Number(text);
  if (!isNumberText(text)) return { ok: false, message: integer ? "Write a whole number." : "Write a number." };
  if (!keepsNumber(text)) return { ok: false, message: TOO_LONG };
  if (integer && !Number.isInteger(number)) return { ok: false, message: "Write a whole number." };
  return { ok: true, value: number };
}

/** A number read from that text is the number that the text says. */
function holds(value: Json, text = ""): boolean {
  return typeof value === "number" ? keepsNumber(text) : !isNumberText(text) || typeof value === "boolean";
}

function scalar(text: string, field: Field): Json | undefined {
  if (text === "") return undefined;
  if (/^(yes|true|on)$/i.test(text)) return true;
  if (/^(no|false|off)$/i.test(text)) return false;
  return isNumberText(text) && Number.isFinite(Number(text)) && field.kind !== "text" ? Number(text) : text;
}

function takesText(field: Field): boolean {
  const items = field.schema.items;
  if (!isObject(items)) return false;
  const inner = items as Schema;
  return inner.type === "string" || (inner.anyOf ?? []).some((s) => s.type === "string");
}

function example(field: Field): string {
  return Array.isArray(field.initial)
    ? written(field.initial)
    : Array(field.length ?? 3)
        .fill(8)
        .join(", ");
}
