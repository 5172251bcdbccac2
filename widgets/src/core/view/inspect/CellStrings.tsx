/** The document's cell strings: one for all blocks, one per level or stage, or by column and level. */
import { editable } from "../../commands.js";
import { cellsText, setValue } from "../../model/edits.js";
import { pathText, type Step } from "../../model/json.js";
import type { Diagnostic, Json } from "../../model/spec.js";
import { CellText } from "../CellText.js";
import { useEditor, useSelect } from "../context.js";

export function CellStrings() {
  const { t } = useEditor();
  const set = useSet();
  const content = useSelect((s) => s.content);
  const axis = useSelect((s) => s.growth?.level ?? s.growth?.stage ?? null);
  const perLevel = useSelect((s) => Boolean(s.growth?.level));
  const byColumn = useSelect((s) => s.picture?.graph.by_column ?? false);
  const may = editable(useEditor());
  if (content.kind !== "spec") return null;
  const { cells } = content.spec;
  if (!Array.isArray(cells)) {
    const text = cellsText(cells);
    const count = axis?.value ?? 0;
    const label = t(byColumn ? "Different cells per column" : `Different cells per ${perLevel ? "level" : "stage"}`);
    return (
      <>
        <Text label={t("Cells of every block")} entry={cells ?? ""} steps={["cells"]} />
        {may && count > 1 && (
          <Button label={label} onClick={() => set(label, ["cells"], Array(byColumn ? 1 : count).fill(text))} />
        )}
      </>
    );
  }
  const last = cells.at(-1) ?? "";
  // A list may be longer than there are levels (a U-Net's bridge is its last entry), or shorter: the last is repeated.
  const more = byColumn ? t("One more column") : t("One more entry");
  const fewer = byColumn ? t("Without the last column") : t("Without the last entry");
  return (
    <>
      {cells.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is its place.
        <div key={index} className="al-level-cells">
          <span aria-hidden="true">{index}</span>
          <Entry entry={entry} index={index} byColumn={byColumn} />
        </div>
      ))}
      {may && (
        <p className="al-actions">
          <Button label={more} onClick={() => set(more, ["cells"], [...cells, last])} />
          {cells.length > 1 && <Button label={fewer} onClick={() => set(fewer, ["cells"], cells.slice(0, -1))} />}
          <Button
            label={t("The same cells everywhere")}
            onClick={() => set(t("The same cells everywhere"), ["cells"], firstText(cells))}
          />
        </p>
      )}
    </>
  );
}

/** One entry of the list: a string, or a string for each level of its column. */
function Entry({ entry, index, byColumn }: { entry: Json; index: number; byColumn: boolean }) {
  const { t } = useEditor();
  const set = useSet();
  const may = editable(useEditor());
  // As many as the column has blocks on different levels; those with cells of their own do not read the list.
  const levels = useSelect((s) => {
    const blocks = s.picture?.graph.nodes.filter((node) => node.path.startsWith(`$.cells[${index}]`));
    return new Set(blocks?.map((node) => node.level)).size;
  });
  const label = `${t("Cells, entry")} ${index}`;
  if (!Array.isArray(entry)) {
    const apart = t("Different cells per level");
    return (
      <div>
        <Text label={label} entry={entry} steps={["cells", index]} />
        {may && byColumn && levels > 1 && (
          <Button
            label={apart}
            name={`${apart}: ${label}`}
            onClick={() => set(`${label}: ${apart}`, ["cells", index], Array(levels).fill(cellsText(entry)))}
          />
        )}
      </div>
    );
  }
  const alike = t("The same on every level");
  return (
    <div>
      {entry.map((text, level) => (
        <Text
          // biome-ignore lint/suspicious/noArrayIndexKey: a string is its level.
          key={level}
          label={`${label}, ${t("level")} ${level}`}
          entry={text}
          steps={["cells", index, level]}
        />
      ))}
      {may && (
        <Button
          label={alike}
          name={`${alike}: ${label}`}
          onClick={() => set(`${label}: ${alike}`, ["cells", index], firstText(entry))}
        />
      )}
    </div>
  );
}

function Text({ label, entry, steps }: { label: string; entry: Json; steps: Step[] }) {
  const editor = useEditor();
  const diagnostics = useSelect((s) => s.diagnostics);
  const path = pathText(steps);
  return (
    <CellText
      label={label}
      text={cellsText(entry)}
      owner={path}
      problems={unique(diagnostics.filter((d) => d.path === path))}
      disabled={!editable(editor)}
      onChange={(next, gesture) =>
        editor.apply(`${label}: ${next || editor.t("empty")}`, (spec) => setValue(spec, steps, next), gesture)
      }
    />
  );
}

function Button({ label, name, onClick }: { label: string; name?: string; onClick: () => void }) {
  return (
    <button type="button" className="al-link" aria-label={name} onClick={onClick}>
      {label}
    </button>
  );
}

function useSet() {
  const editor = useEditor();
  return (label: string, steps: Step[], value: Json) => editor.apply(label, (spec) => setValue(spec, steps, value));
}

/** The first string of a list, of a list of lists too. */
function firstText(cells: readonly Json[]): string {
  const first = cells[0];
  return Array.isArray(first) ? firstText(first) : cellsText(first);
}

/** The same fault of the common string is reported for each block. */
function unique(problems: Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return problems.filter((p) => {
    const key = `${p.message}${p.span}`;
    return !seen.has(key) && seen.add(key);
  });
}
