/** What the editor knows: the document, the last answers to it, and what the user looks at. */
import type { Lattice } from "./geometry/lattice.js";
import type { Content, Host, HostStatus } from "./host.js";
import type { CatalogIndex } from "./model/catalog.js";
import type { OverlayName, Totals } from "./model/overlay.js";
import { NO_PROFILING, type Profiling } from "./model/profiling.js";
import { NOTHING, type Selection } from "./model/selection.js";
import type { Diagnostic, Estimate, Graph, Growth, Template } from "./model/spec.js";
import { NO_TRAINING, type Training } from "./model/training.js";

export type Panel = "inspect" | "problems" | "outline" | "profile" | "train";

/** The last answer that had a graph: what the canvas shows. */
export interface Picture {
  rev: number;
  graph: Graph;
  estimate: Estimate | null;
  lattice: Lattice;
}

/** Text typed into a form that is no value yet; kept until it is. */
export interface Draft {
  text: string;
  message: string;
  label: string;
}

export interface State {
  content: Content;
  rev: number;
  catalog: CatalogIndex | null;
  templates: Template[] | null;
  picture: Picture | null;
  diagnostics: Diagnostic[];
  growth: Growth | null;
  /** Revision that `diagnostics` belong to. */
  checkedRev: number;
  /** Names the document of that revision, as jobs do theirs. */
  digest: string;
  /** The document cannot be read as it stands, and never could since it was opened. */
  unreadable: boolean;
  delta: Totals | null;
  status: HostStatus;
  theme: "light" | "dark";
  selection: Selection;
  /** Where the palette inserts into the text of the selected block; null = at its end. */
  caret: { node: string; start: number; end: number } | null;
  drafts: ReadonlyMap<string, Draft>;
  overlay: OverlayName;
  panel: Panel;
  panelOpen: boolean;
  showFeatures: boolean;
  choosing: boolean;
  /** Groups of fields that the user opened (true) or folded (false). */
  folds: ReadonlyMap<string, boolean>;
  profiling: Profiling;
  training: Training;
  announcement: { text: string; n: number };
  notice: { message: string; hint: string } | null;
  /** Grows when undo or redo become possible or impossible. */
  historyRev: number;
}

/** Of an editor that has just been opened: nothing is checked yet. */
export function initialState(host: Host, content: Content): State {
  return {
    content,
    rev: 1,
    catalog: null,
    templates: null,
    picture: null,
    diagnostics: [],
    growth: null,
    checkedRev: 0,
    digest: "",
    unreadable: false,
    delta: null,
    status: host.status,
    theme: host.theme,
    selection: NOTHING,
    caret: null,
    drafts: new Map(),
    overlay: "params",
    panel: "inspect",
    panelOpen: true,
    showFeatures: true,
    choosing: false,
    folds: new Map(),
    profiling: NO_PROFILING,
    training: NO_TRAINING,
    announcement: { text: "", n: 0 },
    notice: null,
    historyRev: 0,
  };
}
