/** The document and everything that the other side answers about it, as plain JSON. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A document is plain JSON; its meaning is judged by the other side, never here. */
export type Spec = JsonObject;

export type {
  CheckReply,
  CostRow,
  Diagnostic,
  Estimate,
  Graph,
  GraphCell,
  GraphLink,
  GraphNode,
  Growth,
  GrowthAxis,
  PictureReply,
  PlanRow,
  Template,
} from "../../generated/types";

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
  /** Heading in a form; empty or absent = at the top. */
  "x-archlab-group"?: string;
}

/** What is said of a code on a page of its own; empty where nothing is. */
export interface CodePage {
  formula: string;
  shapes: string;
  cost: string;
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
  page: CodePage;
  schema: Schema;
}

export interface CatalogPart {
  type: string;
  icon?: string;
  title: string;
  doc: string;
  source?: string;
  schema: Schema;
  /** Its field `cells` is a cell string. */
  carries_cells?: boolean;
}

export interface CatalogLayout extends CatalogPart {
  level_field: string | null;
  stage_field: string | null;
}

/** How maps that meet at a node become one; `mark` is its sign on the node. */
export interface CatalogMerge extends CatalogPart {
  noun: string;
  mark: string;
}

export interface Catalog {
  version: string;
  format: string;
  cells: CatalogCell[];
  links: CatalogPart[];
  layouts: CatalogLayout[];
  stems: CatalogPart[];
  heads: CatalogPart[];
  merges: CatalogMerge[];
  options: Schema;
  /** Originals whose slips a document may ask for. */
  compat: { name: string; title: string }[];
}
