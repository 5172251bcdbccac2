/* Made from Python by `python -m archlab.bridge.codegen`; edit that side, not this file. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An array that comes beside the message: index into the buffers of that message. */
export interface BufferRef {
  buffer: number;
}

/** A document of archlab (`*.arch.json`). */
export interface Document {
  format: "archlab/1";
  name?: string;
  compat?: "snraware" | null;
  input: Input | string;
  layout: Part | string;
  cells?: string | (string | string[])[];
  options?: { [key: string]: Json };
  code_options?: { [key: string]: { [key: string]: Json } };
  blocks?: { [key: string]: string | (string | Cell)[] | Block };
  link_options?: { [key: string]: { [key: string]: Json } };
  links?: { [key: string]: Link };
  level_options?: { [key: string]: Json }[];
  stem?: Part | string;
  neck?: Part | string | (Part | string)[] | null;
  head?: Part | string | null;
  outputs?: string[] | null;
}

/** What enters the network. */
export interface Input {
  channels: number;
  size: number[];
}

/** A layout, stem, neck or head: its type, and the fields of that type. */
export interface Part {
  type: string;
  [field: string]: Json | undefined;
}

/** A cell with options of its own. */
export interface Cell {
  code: string;
  [field: string]: Json | undefined;
}

/** What the document overrides in one block. */
export interface Block {
  cells?: string | (string | Cell)[];
  options?: { [key: string]: Json };
  dense?: boolean;
  channels?: number;
  checkpoint?: boolean;
}

/** A link overridden or added: another kind, `off`, and fields of the kind. */
export interface Link {
  kind?: string;
  off?: boolean;
  [field: string]: Json | undefined;
}

/** Which parts exist: what palettes, forms, listings and docs are made from. */
export interface Catalog {
  version: string;
  format: string;
  cells: CatalogCell[];
  links: CatalogLink[];
  layouts: CatalogLayout[];
  stems: CatalogPart[];
  necks: CatalogPart[];
  heads: CatalogPart[];
  merges: CatalogMerge[];
  options: Schema;
  compat: Original[];
  errors: string[];
}

/** A code: the cell that it names, and the fields that it fixes (`preset`), which `schema` leaves out. */
export interface CatalogCell {
  code: string;
  title: string;
  doc: string;
  icon: string;
  source: string;
  class: string;
  family: string;
  preset: { [key: string]: Json };
  page: CodePage;
  schema: Schema;
}

/** What is said of a code on a page of its own; empty where nothing is. */
export interface CodePage {
  formula: string;
  shapes: string;
  cost: string;
}

/** The part of JSON Schema that a form is drawn from; what is unset is not written. */
export interface Schema {
  type?: string;
  description?: string;
  default?: Json;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema | boolean;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  properties?: { [key: string]: Schema };
  required?: string[];
  "x-archlab-group"?: string;
}

/** A link kind; with `carries_cells` its field `cells` is a cell string. */
export interface CatalogLink {
  type: string;
  title: string;
  doc: string;
  icon: string;
  source: string;
  family: string;
  schema: Schema;
  carries_cells: boolean;
}

/** A layout; the two fields are those that "add level" and "add stage" change, None where there is no such one. */
export interface CatalogLayout {
  type: string;
  title: string;
  doc: string;
  icon: string;
  source: string;
  family: string;
  schema: Schema;
  level_field: string | null;
  stage_field: string | null;
}

/** A link kind, layout, stem, neck or head; `icon` is the path of a 16x16 SVG, `schema` that of its own fields. */
export interface CatalogPart {
  type: string;
  title: string;
  doc: string;
  icon: string;
  source: string;
  family: string;
  schema: Schema;
}

/** How several maps become one: the sign on the diagram (`mark`), and what the result is called (`noun`). */
export interface CatalogMerge {
  type: string;
  title: string;
  doc: string;
  icon: string;
  source: string;
  family: string;
  schema: Schema;
  noun: string;
  mark: string;
}

/** An original whose slips a document may ask for: the word for `compat`, and what to call it. */
export interface Original {
  name: string;
  title: string;
}

/** One thing to tell: what, where, what was expected, what to do. */
export interface Diagnostic {
  code: string;
  message: string;
  severity: "error" | "info" | "warning";
  path: string;
  node: string;
  hint: string;
  span: [number, number] | null;
}

/** The expanded document. */
export interface Graph {
  levels: number;
  stages: number;
  strides: number[];
  by_column: boolean;
  outputs: string[];
  nodes: GraphNode[];
  links: GraphLink[];
}

/** A node; `shape` is what leaves it, without the batch axis, None where not known. */
export interface GraphNode {
  id: string;
  kind: string;
  section: string;
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
  type: string;
  values: { [key: string]: Json };
}

/** One cell of a block or a link; `origin` says where each value that is no class default came from. */
export interface GraphCell {
  code: string;
  known: boolean;
  path: string;
  fixed: boolean;
  family: string;
  values: { [key: string]: Json };
  origin: { [key: string]: string };
  effective: { [key: string]: Json };
  inert: { [key: string]: string };
  shape: number[] | null;
}

/** A link; one that is off stays here with `off` true. */
export interface GraphLink {
  id: string;
  source: string;
  target: string;
  kind: string;
  known: boolean;
  steps: number;
  off: boolean;
  derived: boolean;
  query: string;
  path: string;
  shape: number[] | null;
  values: { [key: string]: Json };
  cells: GraphCell[];
}

/** What a document costs, computed without building it; every total is the sum over nodes and links. */
export interface Estimate {
  name: string;
  input: { [key: string]: Json };
  batch: number;
  params: number | null;
  macs: number | null;
  flops: number | null;
  elementwise: number | null;
  activation_bytes: number | null;
  outputs: NamedShape[];
  nodes: CostRow[];
  links: CostRow[];
  plan: PlanRow[];
  diagnostics: Diagnostic[];
  not_counted: string[];
}

/** One tensor that the network returns; `shape` has the batch axis and is None where it is not known. */
export interface NamedShape {
  name: string;
  shape: number[] | null;
}

/** Cost of one node or link, for the whole batch; None = not known. */
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

/** How cells of a block or link cut their map into windows and patches; triples are D, H, W, in pixels or counts. */
export interface PlanRow {
  node: string;
  level: number;
  code: string;
  cells: number[];
  deep: boolean;
  size: [number, number, number];
  asked_window: [number, number, number];
  asked_patch: [number, number, number] | null;
  planned_window: [number, number, number];
  planned_patch: [number, number, number] | null;
  window: [number, number, number];
  patch: [number, number, number] | null;
  windows: [number, number, number];
  patches: [number, number, number] | null;
  token: "patch" | "pixel" | "window" | null;
  tokens: number | null;
  heads: number | null;
  changes: ("halved" | "level" | "padded" | "patch" | "shrunk" | "stretched")[];
  note: string;
  text: string;
}

/** What is known of a document; `graph` and `estimate` hold as much as could be worked out. */
export interface CheckReply {
  rev: number;
  spec_ok: boolean;
  digest: string;
  graph: Graph | null;
  estimate: Estimate | null;
  diagnostics: Diagnostic[];
  growth: Growth;
}

/** What can grow; None where the layout has no such axis. */
export interface Growth {
  level: GrowthAxis | null;
  stage: GrowthAxis | null;
}

/** The layout's field that "add level" or "add stage" changes, its value now and its bounds. */
export interface GrowthAxis {
  field: string;
  listed: boolean;
  value: number;
  min: number;
  max: number;
}

/** Which parts exist: schemas, docs, icons. */
export interface CatalogRequest {
  op: "catalog";
  id?: number | string;
}

/** Documents to start from. */
export interface TemplatesRequest {
  op: "templates";
  id?: number | string;
}

/** Graph, costs and diagnostics of a document; `rev` comes back, so that old answers can be dropped. */
export interface CheckRequest {
  op: "check";
  id?: number | string;
  spec: Json;
  rev?: number;
  batch?: number;
}

/** Text of a file into a document. */
export interface ReadRequest {
  op: "read";
  id?: number | string;
  text: string;
}

/** A document into another format. */
export interface ExportRequest {
  op: "export";
  id?: number | string;
  spec: Json;
  format: string;
}

/** Which positions of a map a cell of that code lets attend to which. */
export interface PictureRequest {
  op: "picture";
  id?: number | string;
  code: string;
  theme?: "dark" | "light";
}

/** Devices that the kernel can profile and train on. */
export interface DevicesRequest {
  op: "devices";
  id?: number | string;
}

/** Training tasks. */
export interface TasksRequest {
  op: "tasks";
  id?: number | string;
}

/** Measure a document on a device. */
export interface ProfileRequest {
  op: "profile";
  id?: number | string;
  spec: Json;
  rev?: number;
  device?: string;
  batch?: number;
  document?: string;
}

/** Train a document briefly and stream what happens. */
export interface TrainRequest {
  op: "train";
  id?: number | string;
  spec: Json;
  rev?: number;
  task?: string;
  steps?: number;
  lr?: number;
  batch_size?: number;
  seed?: number;
  device?: string;
  document?: string;
}

/** Steer a job: `value` is the learning rate, `path` the file for `save_weights`, replaced only with `overwrite`. */
export interface ControlRequest {
  op: "control";
  id?: number | string;
  job: string;
  action: "lr" | "pause" | "resume" | "save_weights" | "step" | "stop";
  value?: number | null;
  path?: string;
  overwrite?: boolean;
}

/** Jobs of this kernel, newest last; a reloaded page finds its training again through it. */
export interface JobsRequest {
  op: "jobs";
  id?: number | string;
  document?: string | null;
}

/** Everything a job has said so far, then whatever it goes on to say. */
export interface AttachRequest {
  op: "attach";
  id?: number | string;
  job: string;
}

/** The editor has drawn frame `number` of those that answer `request`; nothing is answered to this. */
export interface AckRequest {
  op: "ack";
  id?: number | string;
  job: string;
  request: number | string;
  number: number;
}

/** The editor that sent `request` goes: no more frames for it, the job runs on; nothing is answered. */
export interface DetachRequest {
  op: "detach";
  id?: number | string;
  request: number | string;
}

/** The answer to a request. */
export interface Reply {
  type: "reply";
  id: number | string;
  value: Json;
}

/** What a job said since its last frame; the editor acknowledges `number` before the next one is sent. */
export interface Frame {
  type: "frame";
  id: number | string;
  job: string;
  number: number;
  events: Json[];
}

/** The job is over; `last` is its last event without the arrays. */
export interface Done {
  type: "done";
  id: number | string;
  job: string;
  last: { [key: string]: Json };
}

/** The request could not be answered. */
export interface Failure {
  type: "error";
  id: number | string;
  message: string;
  hint: string;
}

/** Parts were registered since the editor asked for the catalog; `id` means nothing. */
export interface CatalogChanged {
  type: "catalog";
  id: number | string;
}

/** A document to start from; `group` is its heading in a picker, `source` the paper or file that it follows. */
export interface Template {
  name: string;
  title: string;
  description: string;
  group: string;
  source: string;
  spec: { [key: string]: Json };
}

/** A file's document in canonical order, None when the text is not one. */
export interface ReadReply {
  spec: { [key: string]: Json } | null;
  diagnostics: Diagnostic[];
}

/** An exported document: text, or base64 where the media type is binary. */
export interface ExportReply {
  mime: string;
  filename: string;
  text: string;
  base64: string;
}

/** A picture as SVG text; empty where there is none. */
export interface PictureReply {
  svg: string;
}

/** A device of the kernel; `memory` in bytes, None where unknown. */
export interface Device {
  id: string;
  name: string;
  memory: number | null;
}

/** A training task and what it says of itself. */
export interface TaskInfo {
  name: string;
  title: string;
  description: string;
}

/** A job of the kernel; `digest` is that of the document as it was, the same as in a check of that document. */
export interface JobInfo {
  job: string;
  kind: "profile" | "train";
  state: string;
  rev: number;
  document: string;
  digest: string;
}

/** First event of every job: its name, by which it is steered, and the digest of its document. */
export interface JobStarted {
  job: string;
  kind: "profile" | "train";
  digest: string;
  type: "job";
}

/** The run begins. */
export interface Started {
  type: "started";
  steps: number;
  task: string;
  device: string;
  params: number;
  note: string;
  classes: string[];
  metric: string;
  train_size: number;
  test_size: number;
  batch_size: number;
  lr: number;
  seed: number;
}

/** One optimiser step was made; time is that of data, forward, backward and update together. */
export interface Step {
  type: "step";
  step: number;
  loss: number;
  lr: number;
  images_per_second: number;
}

/** The held-out part was evaluated: mean loss, and the task's metrics. */
export interface Evaluated {
  type: "evaluated";
  step: number;
  loss: number;
  metrics: { [key: string]: number };
}

/** What the net shows on the fixed probe images after `step` steps; step 0 is the untrained net. */
export interface Captured {
  type: "captured";
  step: number;
  features: NodeFeatures[];
  shares: NodeShares[];
  mix: NodeMix[];
  seconds: number;
  every: number | null;
}

/** Thumbnails of a node's output for the first probe image. */
export interface NodeFeatures {
  node: string;
  lo: number;
  hi: number;
  shape: [number, number, number];
  data: BufferRef;
}

/** What each incoming link contributes to a fusion; the shares sum to 1. */
export interface NodeShares {
  node: string;
  view: string;
  links: LinkShare[];
}

/** One incoming link's share; None where the node's map is constant, so that there is nothing to share. */
export interface LinkShare {
  id: string;
  share: number | null;
}

/** Per-pixel mix of a fusion for the first probe image: `shape` = (links, height, width), byte 255 = all of it. */
export interface NodeMix {
  node: string;
  links: string[];
  shape: [number, number, number];
  data: BufferRef;
}

/** The run waits for resume, one step, or stop. */
export interface Paused {
  type: "paused";
  step: number;
}

/** The run goes on. */
export interface Resumed {
  type: "resumed";
  step: number;
}

/** The run ended because it was asked to; the net keeps the weights of `step`. */
export interface Stopped {
  type: "stopped";
  step: number;
}

/** All steps were made; `metrics` are those of the held-out part at the end. */
export interface Finished {
  type: "finished";
  steps: number;
  metrics: { [key: string]: number };
}

/** The run ended by itself. */
export interface Failed {
  type: "failed";
  step: number;
  reason: string;
  message: string;
  node: string;
  hint: string;
}

/** The network is on the device and will be measured in `stages`, in this order. */
export interface ProfileStarted {
  type: "profile_started";
  device: string;
  device_name: string;
  batch: number;
  stages: string[];
}

/** `done` of `total` stages are over and `stage` begins. */
export interface Progress {
  type: "progress";
  stage: string;
  done: number;
  total: number;
}

/** Times of one node or link. */
export interface NodeMeasured {
  type: "node_measured";
  id: string;
  kind: "link" | "node";
  p50_ms: number;
  p95_ms: number;
}

/** Everything was measured. */
export interface ProfileFinished {
  type: "profile_finished";
  profile: Profile;
}

/** Measurements of one network on one device. */
export interface Profile {
  name: string;
  device: string;
  device_name: string;
  dtype: string;
  input: number[];
  batch: number;
  threads: number;
  latency: Latency;
  throughput: number;
  observed: Latency | null;
  nodes: PartTime[];
  links: PartTime[];
  memory: Memory | null;
  cross_check: Count[];
  environment: { [key: string]: string };
  notes: string[];
}

/** Times of single runs, in milliseconds; `unstable` = interquartile range above 10 % of the median. */
export interface Latency {
  p50_ms: number;
  p95_ms: number;
  min_ms: number;
  iqr_ms: number;
  n: number;
  unstable: boolean;
}

/** Time between two boundaries of the running network: a link, or a node with its merge. */
export interface PartTime {
  id: string;
  p50_ms: number;
  p95_ms: number;
}

/** Peaks of the allocator, each with the network's own bytes in it. */
export interface Memory {
  static_bytes: number;
  inference_bytes: number | null;
  training_bytes: number | null;
  reserved_bytes: number | null;
  predicted_low: number | null;
  predicted_high: number | null;
  method: string;
  notes: string[];
}

/** One tool's count of the same network and input; None = the tool failed, `blind_to` says how. */
export interface Count {
  tool: string;
  params: number | null;
  macs: number | null;
  blind_to: string;
}

/** The run ended early: stopped by its control, out of memory, or by another error; `stage` is where. */
export interface ProfileFailed {
  type: "profile_failed";
  reason: "error" | "oom" | "stopped";
  message: string;
  stage: string;
}

export type AnyRequest = CatalogRequest | TemplatesRequest | CheckRequest | ReadRequest | ExportRequest | PictureRequest | DevicesRequest | TasksRequest | ProfileRequest | TrainRequest | ControlRequest | JobsRequest | AttachRequest | AckRequest | DetachRequest;

export type AnyMessage = Reply | Frame | Done | Failure | CatalogChanged;

export type TrainEvent = Started | Step | Evaluated | Captured | Paused | Resumed | Stopped | Finished | Failed;

export type ProfileEvent = ProfileStarted | Progress | NodeMeasured | ProfileFinished | ProfileFailed;
