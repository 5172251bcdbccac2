/**
 * Places nodes and links of a graph: x = stage, y = level. Pure; the same numbers as `archlab/views/lattice.py`,
 * held together by `tests/fixtures/lattice` (its README is the definition).
 */

export const COLUMN = 168;
export const ROW = 132;
export const WIDTH = 128;
export const HEIGHT = 84;
export const LEFT = 24;
export const TOP = 56;
export const GUTTER = COLUMN - WIDTH;
export const GAP = ROW - HEIGHT;
export const NUDGE = 12;

export interface Point {
  x: number;
  y: number;
}

export interface LatticeNode {
  id: string;
  level: number;
  stage: number;
}

export interface LatticeLink {
  id: string;
  source: string;
  target: string;
}

export interface PlacedNode extends Point {
  id: string;
  level: number;
  column: number;
}

/** A chain of cubic Béziers, `3n + 1` points, with the place and direction of its label. */
export interface Route {
  id: string;
  points: Point[];
  mid: Point;
  angle: number;
}

export interface Lattice {
  width: number;
  height: number;
  /** Stages that have a column, in order. */
  columns: number[];
  rows: number;
  nodes: Map<string, PlacedNode>;
  routes: Map<string, Route>;
}

interface Wire {
  id: string;
  source: PlacedNode;
  target: PlacedNode;
  y0: number;
  y1: number;
}

/** Lays out a graph; unknown ends are left out, nothing throws. */
export function layLattice(nodes: readonly LatticeNode[], links: readonly LatticeLink[]): Lattice {
  const columns = [...new Set(nodes.map((n) => n.stage))].sort((a, b) => a - b);
  const columnOf = new Map(columns.map((stage, index) => [stage, index]));
  const placed = new Map<string, PlacedNode>();
  const taken = new Map<string, number>();
  let deepest = 0;
  for (const node of nodes) {
    const column = columnOf.get(node.stage) ?? 0;
    const cell = `${node.level}:${column}`;
    const k = taken.get(cell) ?? 0;
    taken.set(cell, k + 1);
    deepest = Math.max(deepest, node.level);
    placed.set(node.id, {
      id: node.id,
      level: node.level,
      column,
      x: LEFT + column * COLUMN + k * NUDGE,
      y: TOP + node.level * ROW + k * NUDGE,
    });
  }
  const wires: Wire[] = [];
  for (const link of links) {
    const source = placed.get(link.source);
    const target = placed.get(link.target);
    if (source && target) wires.push({ id: link.id, source, target, y0: 0, y1: 0 });
  }
  const used = new Set(taken.keys());
  assignPorts(wires, used);
  const lanes = assignLanes(wires.filter((w) => needsLane(w, used)));
  const routes = new Map(wires.map((w) => [w.id, route(w, used, lanes)]));
  return {
    width: nodes.length ? 2 * LEFT + (columns.length - 1) * COLUMN + WIDTH : 0,
    height: nodes.length ? 2 * TOP + deepest * ROW + HEIGHT : 0,
    columns,
    rows: nodes.length ? deepest + 1 : 0,
    nodes: placed,
    routes,
  };
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function groups(wires: readonly Wire[], key: (w: Wire) => string): Wire[][] {
  const map = new Map<string, Wire[]>();
  for (const wire of wires) {
    const list = map.get(key(wire));
    if (list) list.push(wire);
    else map.set(key(wire), [wire]);
  }
  return [...map.values()];
}

/** Where a wire goes from (or comes to) a node: 0 above through a lane, 1 without a lane, 2 below through a lane. */
function rank(wire: Wire, end: "source" | "target", used: ReadonlySet<string>): number {
  if (!needsLane(wire, used)) return 1;
  const { source, target } = wire;
  return (end === "source" ? target.level > source.level : target.level < source.level) ? 2 : 0;
}

function assignPorts(wires: readonly Wire[], used: ReadonlySet<string>): void {
  const spread = (group: Wire[], end: "source" | "target", set: (wire: Wire, y: number) => void) => {
    const other = end === "source" ? "target" : "source";
    const ranks = new Map(group.map((wire) => [wire, rank(wire, end, used)]));
    group.sort(
      (a, b) =>
        (ranks.get(a) ?? 1) - (ranks.get(b) ?? 1) ||
        a[other].level - b[other].level ||
        a[other].column - b[other].column ||
        byCodePoint(a.id, b.id),
    );
    for (const [i, wire] of group.entries()) set(wire, wire[end].y + (HEIGHT * (i + 1)) / (group.length + 1));
  };
  const leave = (wire: Wire, y: number) => {
    wire.y0 = y;
  };
  const arrive = (wire: Wire, y: number) => {
    wire.y1 = y;
  };
  for (const group of groups(wires, (w) => w.source.id)) spread(group, "source", leave);
  for (const group of groups(wires, (w) => w.target.id)) spread(group, "target", arrive);
}

function rowIsFree(level: number, wire: Wire, used: ReadonlySet<string>): boolean {
  for (let column = wire.source.column + 1; column < wire.target.column; column++) {
    if (used.has(`${level}:${column}`)) return false;
  }
  return true;
}

function needsLane(wire: Wire, used: ReadonlySet<string>): boolean {
  if (wire.target.column - wire.source.column <= 1) return false;
  return !rowIsFree(wire.source.level, wire, used) && !rowIsFree(wire.target.level, wire, used);
}

function gapOf(wire: Wire): number {
  return wire.target.level > wire.source.level ? wire.source.level + 1 : wire.source.level;
}

function assignLanes(wires: readonly Wire[]): Map<string, number> {
  const result = new Map<string, number>();
  for (const group of groups(wires, (w) => String(gapOf(w)))) {
    group.sort(
      (a, b) => a.source.column - b.source.column || b.target.column - a.target.column || byCodePoint(a.id, b.id),
    );
    const lanes: Wire[][] = [];
    const laneOf = new Map<Wire, number>();
    for (const wire of group) {
      const overlaps = (w: Wire) => w.source.column < wire.target.column && wire.source.column < w.target.column;
      let lane = lanes.findIndex((members) => !members.some(overlaps));
      if (lane < 0) lane = lanes.push([]) - 1;
      lanes[lane]?.push(wire);
      laneOf.set(wire, lane);
    }
    for (const [wire, lane] of laneOf) {
      const top = TOP + gapOf(wire) * ROW - GAP;
      result.set(wire.id, top + (GAP * (lanes.length - lane)) / (lanes.length + 1));
    }
  }
  return result;
}

function route(wire: Wire, used: ReadonlySet<string>, lanes: ReadonlyMap<string, number>): Route {
  const start = { x: wire.source.x + WIDTH, y: wire.y0 };
  const end = { x: wire.target.x, y: wire.y1 };
  const span = wire.target.column - wire.source.column;
  const points: Point[] = [start];
  const bend = (b: Point) => {
    const a = points[points.length - 1] as Point;
    const d = Math.abs(b.x - a.x) / 2;
    points.push({ x: a.x + d, y: a.y }, { x: b.x - d, y: b.y }, b);
  };
  const straight = (b: Point) => {
    const a = points[points.length - 1] as Point;
    points.push(
      { x: (2 * a.x + b.x) / 3, y: (2 * a.y + b.y) / 3 },
      { x: (a.x + 2 * b.x) / 3, y: (a.y + 2 * b.y) / 3 },
      b,
    );
  };
  const lane = lanes.get(wire.id);
  if (span <= 0) {
    points.push({ x: start.x + 60, y: start.y }, { x: end.x - 60, y: end.y }, end);
  } else if (lane !== undefined) {
    bend({ x: start.x + GUTTER, y: lane });
    straight({ x: end.x - GUTTER, y: lane });
    bend(end);
  } else if (span === 1 || (wire.source.level === wire.target.level && rowIsFree(wire.source.level, wire, used))) {
    bend(end);
  } else if (rowIsFree(wire.source.level, wire, used)) {
    straight({ x: end.x - GUTTER, y: start.y });
    bend(end);
  } else {
    bend({ x: start.x + GUTTER, y: end.y });
    straight(end);
  }
  return { id: wire.id, points, ...label(points) };
}

function label(points: readonly Point[]): { mid: Point; angle: number } {
  const pieces = (points.length - 1) / 3;
  const at = Math.floor(pieces / 2) * 3;
  const [a, b, c, d] = points.slice(at, at + 4) as [Point, Point, Point, Point];
  const mid = { x: (a.x + 3 * b.x + 3 * c.x + d.x) / 8, y: (a.y + 3 * b.y + 3 * c.y + d.y) / 8 };
  const dx = d.x + c.x - b.x - a.x;
  const dy = d.y + c.y - b.y - a.y;
  return { mid, angle: (Math.atan2(dy, dx) * 180) / Math.PI };
}
