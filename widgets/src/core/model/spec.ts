/** The document and everything that the other side answers about it, as plain JSON; types are made from Python's. */
import type { AnyRequest, Json } from "../../generated/types.js";

export type JsonObject = { [key: string]: Json };

/** A document is plain JSON; its meaning is judged by the other side, never here. */
export type Spec = JsonObject;

/** What the other side can be asked. */
export type Operation = AnyRequest["op"];

export type {
  Catalog,
  CatalogCell,
  CatalogLayout,
  CatalogLink,
  CatalogMerge,
  CatalogPart,
  CheckReply,
  CostRow,
  Device,
  Diagnostic,
  Estimate,
  ExportReply,
  Graph,
  GraphCell,
  GraphLink,
  GraphNode,
  Growth,
  GrowthAxis,
  JobInfo,
  Json,
  PictureReply,
  PlanRow,
  ReadReply,
  Schema,
  TaskInfo,
  Template,
} from "../../generated/types.js";
