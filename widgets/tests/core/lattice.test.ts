import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  HEIGHT,
  type Lattice,
  type LatticeLink,
  type LatticeNode,
  layLattice,
  type PlacedNode,
  type Point,
  type Route,
  WIDTH,
} from "../../src/core/geometry/lattice.js";
import { arrowOf, boundsOf, fitting, pathOf } from "../../src/core/geometry/paths.js";

interface Fixture {
  name: string;
  graph: { nodes: LatticeNode[]; links: LatticeLink[] };
  expect: {
    width: number;
    height: number;
    columns: number[];
    nodes: Record<string, [number, number]>;
    links: Record<string, { points: [number, number][]; mid: [number, number]; angle: number }>;
  };
}

const folder = join(__dirname, "../../../tests/fixtures/lattice");
const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Fixture);

describe.each(fixtures)("lattice of $name", ({ graph, expect: wanted }) => {
  const lattice = layLattice(graph.nodes, graph.links);

  it("has the size and columns of the fixture", () => {
    expect([lattice.width, lattice.height, lattice.columns]).toEqual([wanted.width, wanted.height, wanted.columns]);
  });

  it("places every node", () => {
    for (const [id, [x, y]] of Object.entries(wanted.nodes)) expect(lattice.nodes.get(id)).toMatchObject({ x, y });
    expect(lattice.nodes.size).toBe(Object.keys(wanted.nodes).length);
  });

  it("routes every link", () => {
    expect([...lattice.routes.keys()].sort()).toEqual(Object.keys(wanted.links).sort());
    for (const [id, link] of Object.entries(wanted.links)) {
      const route = lattice.routes.get(id);
      const flat = route?.points.flatMap((p) => [p.x, p.y]) ?? [];
      expect(flat).toHaveLength(link.points.length * 2);
      for (const [i, value] of link.points.flat().entries()) expect(flat[i]).toBeCloseTo(value, 2);
      expect(route?.mid.x).toBeCloseTo(link.mid[0], 2);
      expect(route?.mid.y).toBeCloseTo(link.mid[1], 2);
      expect(route?.angle).toBeCloseTo(link.angle, 2);
    }
  });
});

const regular = fixtures.filter((f) => f.name !== "irregular");

it.each(regular)("links of $name cross no block", ({ graph }) => {
  const lattice = layLattice(graph.nodes, graph.links);
  for (const link of graph.links) {
    const route = lattice.routes.get(link.id);
    if (!route) continue;
    for (let piece = 0; piece < (route.points.length - 1) / 3; piece++) {
      for (let step = 0; step <= 20; step++) {
        const hit = nodeAt(lattice, pointAt(route, piece, step / 20));
        expect([undefined, link.source, link.target]).toContain(hit?.id);
      }
    }
  }
});

it.each(regular)("lanes of $name that overlap lie apart", ({ graph }) => {
  const lattice = layLattice(graph.nodes, graph.links);
  const runs = [...lattice.routes.values()].flatMap((route) => {
    if (route.points.length !== 10) return [];
    const [, , , a, , , b] = route.points;
    return a && b ? [{ y: a.y, from: a.x, to: b.x }] : [];
  });
  for (const [i, a] of runs.entries()) {
    for (const b of runs.slice(i + 1)) {
      if (a.from < b.to && b.from < a.to) expect(Math.abs(a.y - b.y)).toBeGreaterThan(3);
    }
  }
});

/** The node under a point, the topmost first. */
function nodeAt(lattice: Lattice, point: Point): PlacedNode | undefined {
  return [...lattice.nodes.values()]
    .reverse()
    .find((n) => point.x >= n.x && point.x <= n.x + WIDTH && point.y >= n.y && point.y <= n.y + HEIGHT);
}

/** A point on piece `piece` of a route. */
function pointAt(route: Route, piece: number, t: number): Point {
  const [a, b, c, d] = route.points.slice(piece * 3, piece * 3 + 4) as [Point, Point, Point, Point];
  const u = 1 - t;
  const mix = (p: number, q: number, r: number, s: number) =>
    u * u * u * p + 3 * u * u * t * q + 3 * u * t * t * r + t * t * t * s;
  return { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) };
}

describe("paths", () => {
  const { graph } = fixtures.find((f) => f.name === "unet-3") as Fixture;
  const lattice = layLattice(graph.nodes, graph.links);

  it("are written as path data", () => {
    for (const route of lattice.routes.values()) {
      expect(pathOf(route)).toMatch(/^M-?[\d.]+ -?[\d.]+(C(-?[\d.]+ ?){6})+$/);
      expect(arrowOf(route)).toContain("l-7 -3.5v7z");
    }
  });

  it("hit the node under a point", () => {
    for (const node of lattice.nodes.values()) {
      expect(nodeAt(lattice, { x: node.x + WIDTH / 2, y: node.y + HEIGHT / 2 })?.id).toBe(node.id);
    }
    expect(nodeAt(lattice, { x: 1, y: 1 })).toBeUndefined();
  });

  it("fit into a window, centred and never enlarged beyond the limit", () => {
    const box = boundsOf(lattice);
    const { k, x, y } = fitting(box, 600, 400, 20, 1.2);
    expect(k * box.width).toBeLessThanOrEqual(560.001);
    expect(k * box.height).toBeLessThanOrEqual(360.001);
    expect(x + (k * box.width) / 2).toBeCloseTo(300);
    expect(y + (k * box.height) / 2).toBeCloseTo(200);
    expect(fitting(box, 90_000, 90_000, 20, 1.2).k).toBe(1.2);
    expect(fitting({ x: 0, y: 0, width: 0, height: 0 }, 10, 10, 0, 1)).toEqual({ k: 1, x: 0, y: 0 });
  });
});
