/** The fields of a link: for this link, or for all links of its kind; its cells as text with the palette. */
import { useState } from "react";
import { say } from "../../a11y.js";
import { editable } from "../../commands.js";
import { cellsText, setLinkField, setValue } from "../../model/edits.js";
import { getAt } from "../../model/json.js";
import { title } from "../../model/schema.js";
import type { GraphLink, Json } from "../../model/spec.js";
import { CellText } from "../CellText.js";
import { useEditor, useSelect } from "../context.js";
import { Palette } from "../Palette.js";
import { SchemaForm } from "./parts.js";

type Place = "link" | "kind";

/** Where the cells of a link are written. */
export function cellsPath(link: GraphLink): string {
  return `$.links.${link.id}.cells`;
}

export function LinkFields({ link, kind }: { link: GraphLink; kind: string }) {
  const editor = useEditor();
  const { t } = editor;
  const [place, setPlace] = useState<Place>("link");
  const part = useSelect((s) => s.catalog?.links.get(kind));
  const may = editable(editor);
  if (!part) return null;
  const one = place === "link";
  const path = one ? ["links", link.id] : ["link_options", kind];
  const write = (field: string, value: Json | undefined, gesture?: string) =>
    editor.apply(
      `${one ? link.id : kind}: ${t(title(field))}`,
      (spec) => (one ? setLinkField(spec, link.id, field, value) : setValue(spec, [...path, field], value)),
      gesture,
    );
  return (
    <div className="al-options">
      {Object.keys(part.schema.properties ?? {}).length > 0 && (
        <label className="al-place">
          <span>{t("Set for")}</span>
          <select className="al-input" value={place} onChange={(e) => setPlace(e.target.value as Place)}>
            <option value="link">{say(t, "this link ({id})", { id: link.id })}</option>
            <option value="kind">{t("all links of this kind")}</option>
          </select>
        </label>
      )}
      <SchemaForm
        key={place}
        schema={part.schema}
        path={path}
        without={part.carries_cells && one ? ["off", "cells"] : ["off"]}
        effective={one && kind === link.kind ? link.values : {}}
        disabled={!may}
        write={write}
      />
      {part.carries_cells && one && <LinkCells link={link} />}
    </div>
  );
}

function LinkCells({ link }: { link: GraphLink }) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const diagnostics = useSelect((s) => s.diagnostics);
  const held = content.kind === "spec" ? getAt(content.spec, ["links", link.id, "cells"]) : undefined;
  const path = cellsPath(link);
  const shared = typeof link.values.cells === "string" ? link.values.cells : "";
  return (
    <div className="al-link-cells">
      <h3>{t("Cells")}</h3>
      <CellText
        label={`${t("Cells of")} ${link.id}`}
        text={cellsText(held)}
        owner={link.id}
        placeholder={shared}
        problems={diagnostics.filter((d) => d.path === path)}
        disabled={!editable(editor)}
        onChange={(text, gesture) =>
          editor.apply(
            `${link.id}: ${text || t("empty")}`,
            (spec) => setLinkField(spec, link.id, "cells", text || undefined),
            gesture,
          )
        }
      />
      <Palette />
    </div>
  );
}
