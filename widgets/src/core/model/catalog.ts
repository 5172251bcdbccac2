/** Look-ups in the catalog that the other side sends. */
import type { Catalog, CatalogCell, CatalogLayout, CatalogMerge, CatalogPart, Schema } from "./spec.js";

export interface CatalogIndex {
  catalog: Catalog;
  cells: Map<string, CatalogCell>;
  links: Map<string, CatalogPart>;
  layouts: Map<string, CatalogLayout>;
  stems: Map<string, CatalogPart>;
  heads: Map<string, CatalogPart>;
  merges: Map<string, CatalogMerge>;
  /** Palette groups, in the catalog's order. */
  families: { name: string; cells: CatalogCell[] }[];
}

export function indexCatalog(catalog: Catalog): CatalogIndex {
  const byType = <P extends CatalogPart>(parts: readonly P[] | undefined) =>
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
    heads: byType(catalog.heads),
    merges: byType(catalog.merges),
    families: [...families].map(([name, cells]) => ({ name, cells })),
  };
}

/** Names of the fields of a schema. */
export function fieldNames(schema: Schema | undefined): string[] {
  return Object.keys(resolve(schema, schema)?.properties ?? {});
}

/** Follows `$ref` into the `$defs` of the root schema. */
export function resolve(schema: Schema | undefined, root: Schema | undefined): Schema | undefined {
  let here = schema;
  for (let hops = 0; here?.$ref && hops < 8; hops++) {
    const name = here.$ref.split("/").at(-1) ?? "";
    const target: Schema | undefined = root?.$defs?.[name];
    if (!target) break;
    const { $ref: _, ...own } = here;
    here = { ...target, ...own };
  }
  return here;
}
