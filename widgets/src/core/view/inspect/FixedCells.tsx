/** The cells of a node that its layout, neck or head fixes: shown where they stand, with the reason, not to be changed. */
import { fixedText } from "../../a11y.js";
import { cellsOf } from "../../model/cells.js";
import type { GraphCell, GraphNode } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { Section } from "./parts.js";

export function FixedCells({ node }: { node: GraphNode }) {
  const { t } = useEditor();
  const catalog = useSelect((s) => s.catalog?.cells);
  const { before, own, after } = cellsOf(node);
  const list = (cells: readonly GraphCell[], label: string) =>
    cells.length > 0 && (
      <ul className="al-cells" aria-label={label}>
        {cells.map((cell, index) => {
          const why = fixedText(t, node.section, catalog?.get(cell.code)?.title ?? cell.code);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place.
            <li key={index} className="al-cell" data-fixed title={why}>
              <code>{cell.code}</code>
              <span className="al-hidden">{why}</span>
            </li>
          );
        })}
      </ul>
    );
  return (
    <Section title={t("Fixed cells")} note={t("not written in the document")}>
      {own.length === 0 ? (
        list(before, t("Fixed cells"))
      ) : (
        <>
          {list(before, t("Before the block's own"))}
          {list(after, t("Behind the block's own"))}
        </>
      )}
    </Section>
  );
}
