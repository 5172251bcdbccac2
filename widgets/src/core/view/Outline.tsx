/** The lattice as a table: for reading aloud, for searching, and for documents with many blocks. */
import { useState } from "react";
import { FIXED_NOTE, nodeTitle, worst } from "../a11y.js";
import { runsOf } from "../model/cells.js";
import { bytes, count, shape } from "../model/format.js";
import { isSelected } from "../model/selection.js";
import { useEditor, useSelect } from "./context.js";
import { useProblemsById } from "./layers.js";

export function Outline() {
  const editor = useEditor();
  const { t } = editor;
  const picture = useSelect((s) => s.picture);
  const selection = useSelect((s) => s.selection);
  const problems = useProblemsById();
  const [query, setQuery] = useState("");
  if (!picture) return <p className="al-empty">{t("There is nothing to list yet.")}</p>;
  const costs = new Map(picture.estimate?.nodes.map((row) => [row.id, row]));
  const wanted = query.trim().toLowerCase();
  const rows = picture.graph.nodes.filter(
    (n) => !wanted || `${n.id} ${n.kind} ${n.text}`.toLowerCase().includes(wanted),
  );
  return (
    <div className="al-outline">
      <input
        type="search"
        className="al-input"
        value={query}
        placeholder={t("Find a block or a cell")}
        aria-label={t("Find a block or a cell")}
        onChange={(e) => setQuery(e.target.value)}
      />
      <table>
        <thead>
          <tr>
            <th scope="col">{t("Node")}</th>
            <th scope="col">{t("Cells")}</th>
            <th scope="col">{t("Shape")}</th>
            <th scope="col">{t("Params")}</th>
            <th scope="col">{t("MACs")}</th>
            <th scope="col">{t("Memory")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((node) => {
            const cost = costs.get(node.id);
            const wrong = problems.get(node.id) ?? [];
            return (
              <tr key={node.id} data-selected={isSelected(selection, node.id) || undefined}>
                <th scope="row">
                  <button
                    type="button"
                    className="al-link"
                    title={nodeTitle(t, node)}
                    aria-current={isSelected(selection, node.id) || undefined}
                    onClick={() => editor.select({ kind: "nodes", ids: [node.id] })}
                  >
                    {node.id}
                  </button>
                  {wrong.length > 0 && (
                    <span className="al-count" data-tone={worst(wrong) || undefined}>
                      {wrong.length}
                    </span>
                  )}
                </th>
                <td>
                  <code>
                    {runsOf(node, editor.textOf(node.id)).map((run, index) => (
                      <span
                        // biome-ignore lint/suspicious/noArrayIndexKey: a run is its place.
                        key={index}
                        data-fixed={run.fixed || undefined}
                        title={run.fixed ? t(FIXED_NOTE) : undefined}
                      >
                        {run.times > 1 ? `${run.code}×${run.times}` : run.code}{" "}
                      </span>
                    ))}
                  </code>
                </td>
                <td>{shape(node.shape)}</td>
                <td>{count(cost?.params)}</td>
                <td>{count(cost?.macs)}</td>
                <td>{bytes(cost?.activation_bytes)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rows.length === 0 && <p className="al-quiet">{t("Nothing of that name.")}</p>}
    </div>
  );
}
