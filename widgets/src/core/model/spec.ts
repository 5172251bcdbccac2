/** The document and everything that the other side answers about it, as plain JSON. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A document is plain JSON; its meaning is judged by the other side, never here. */
export type Spec = JsonObject;

export type Severity = "error" | "warning" | "info";

export interface Diagnostic {
  code: string;
  severity: Severity;
  path: string;
  node: string;
  message: string;
  hint: string;
  /** First and last-plus-one character inside the string at `path`. */
  span: [number, number] | null;
}

export interface GraphCell {
  code: string;
  family: string;
  known: boolean;
  path: string;
  values: JsonObject;
  origin: { [field: string]: string };
  effective: JsonObject;
  shape: number[] | null;
}

export interface GraphNode {
  id: string;
  kind: string;
  level: number;
  stage: number;
  merge: string;
  channels: number;
  inputs: string[];
  text: string;
  path: string;
  overridden: boolean;
  dense: boolean;
  shape: number[] | null;
  cells: GraphCell[];
}

export interface GraphLink {
  id: string;
  source: string;
  target: string;
  kind: string;
  steps: number;
  off: boolean;
  derived: boolean;
  query: string;
  values: JsonObject;
  path: string;
  shape: number[] | null;
}

export interface Graph {
  levels: number;
  stages: number;
  outputs: string[];
  nodes: GraphNode[];
  links: GraphLink[];
}

export interface CostRow {
  id: string;
  kind: string;
  level: number;
  stage: number;
  params: number | null;
  macs: number | null;
  flops: number | null;
  elementwise: number | null;
  output_bytes: number | null;
  activation_bytes: number | null;
  shape: number[] | null;
}

export interface Estimate {
  params: number | null;
  macs: number | null;
  flops: number | null;
  activation_bytes: number | null;
  outputs: { name: string; shape: number[] | null }[];
  nodes: CostRow[];
  links: CostRow[];
  diagnostics: Diagnostic[];
  not_counted: string[];
}

export interface GrowthAxis {
  field: string;
  value: number;
  min: number;
  max: number;
}

export interface Growth {
  level: GrowthAxis | null;
  stage: GrowthAxis | null;
}

/** Answer to `check`. */
export interface CheckReply {
  rev: number;
  spec_ok: boolean;
  graph: Graph | null;
  estimate: Estimate | null;
  diagnostics: Diagnostic[];
  growth: Growth | null;
}

/** The part of JSON Schema that forms are drawn from. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  const?: Json;
  properties?: { [name: string]: Schema };
  required?: string[];
  $ref?: string;
  $defs?: { [name: string]: Schema };
}

export interface CatalogCell {
  code: string;
  class: string;
  family: string;
  icon: string;
  title: string;
  doc: string;
  source: string;
  preset: JsonObject;
  schema: Schema;
}

export interface CatalogPart {
  type: string;
  icon?: string;
  title: string;
  doc: string;
  source?: string;
  schema: Schema;
}

export interface CatalogLayout extends CatalogPart {
  level_field: string | null;
  stage_field: string | null;
}

export interface Catalog {
  version: string;
  format: string;
  cells: CatalogCell[];
  links: CatalogPart[];
  layouts: CatalogLayout[];
  stems: CatalogPart[];
  heads: CatalogPart[];
  options: Schema;
}

export interface Template {
  name: string;
  title: string;
  description: string;
  spec: Spec;
}
