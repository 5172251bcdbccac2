/** Look-ups in the catalog that the other side sends. */
import type { Catalog, CatalogCell, CatalogLayout, CatalogLink, CatalogMerge, CatalogPart, Schema } from "./spec.js";

export interface CatalogIndex {
  catalog: Catalog;
  cells: Map<string, CatalogCell>;
  links: Map<string, CatalogLink>;
  layouts: Map<string, CatalogLayout>;
  stems: Map<string, CatalogPart>;
  necks: Map<string, CatalogPart>;
  heads: Map<string, CatalogPart>;
  merges: Map<string, CatalogMerge>;
  /** Palette groups, in the catalog's order. */
  families: { name: string; cells: CatalogCell[] }[];
}

export function indexCatalog(catalog: Catalog): CatalogIndex {
  const byType = <P extends { type: string }>(parts: readonly P[] | undefined) =>
    new Map((parts ?? []).map((p) => [p.type, p]));
  const families = new Map<string, CatalogCell[]>();
  for (const cell of catalog.cells ?? []) {
    const group = families.get(cell.family);
    if (group) group.push(cell);
    else families.set(cell.family, [cell]);
  }
  return {
    catalog,
    cells: new Map((catalog.cells ?? []).map((cell) => [cell.code, cell])),
    links: byType(catalog.links),
    layouts: byType(catalog.layouts),
    stems: byType(catalog.stems),
    necks: byType(catalog.necks),
    heads: byType(catalog.heads),
    merges: byType(catalog.merges),
    families: [...families].map(([name, cells]) => ({ name, cells })),
  };
}

/** Names of the fields of a schema. */
export function fieldNames(schema: Schema | undefined): string[] {
  return Object.keys(schema?.properties ?? {});
}
