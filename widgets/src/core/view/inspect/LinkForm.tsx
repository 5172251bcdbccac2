/** One link: on or off, its kind, the fields of that kind. */
import { useEffect, useId, useRef } from "react";
import { directionText } from "../../a11y.js";
import { editable, toggleLink } from "../../commands.js";
import { setLinkKind } from "../../model/edits.js";
import { exact, shape } from "../../model/format.js";
import { getAt } from "../../model/json.js";
import type { GraphLink } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { useProblemsById } from "../layers.js";
import { cellsPath, LinkFields } from "./LinkFields.js";
import { BackToDocument, ResetButton, Section } from "./parts.js";
import { WindowPlan } from "./WindowPlan.js";

export function LinkForm({ link }: { link: GraphLink }) {
  const editor = useEditor();
  const { t } = editor;
  const content = useSelect((s) => s.content);
  const catalog = useSelect((s) => s.catalog);
  const cost = useSelect((s) => s.picture?.estimate?.links.find((row) => row.id === link.id));
  const share = useSelect((s) => s.training.linkShare.get(link.id));
  const id = useId();
  const kindBox = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    editor.editText = () => kindBox.current?.focus();
    return () => {
      editor.editText = () => {};
    };
  }, [editor]);
  const problems = (useProblemsById().get(link.id) ?? []).filter((p) => !p.path.startsWith(cellsPath(link)));
  if (content.kind !== "spec") return null;
  const override = getAt(content.spec, ["links", link.id]);
  const chosen = getAt(content.spec, ["links", link.id, "kind"]);
  const kind = typeof chosen === "string" ? chosen : link.kind;
  const off = getAt(content.spec, ["links", link.id, "off"]) === true;
  const part = catalog?.links.get(kind);
  const kinds = catalog?.catalog.links ?? [];
  const may = editable(editor);
  return (
    <div className="al-inspector">
      <header className="al-heading">
        <h2>
          {link.source} → {link.target}
        </h2>
        <BackToDocument />
        <p className="al-quiet">
          {directionText(t, link)}
          {link.derived ? "" : ` · ${t("extra link")}`} · {shape(link.shape)}
        </p>
        {cost && (
          <p className="al-quiet">
            {exact(cost.params)} {t("parameters")}
          </p>
        )}
        {share !== undefined && (
          <p className="al-quiet">
            {t("share of the fusion")}: {Math.round(share * 100)} %
          </p>
        )}
      </header>
      <Section title={t("Link")}>
        <label className="al-toggle">
          <input type="checkbox" disabled={!may} checked={!off} onChange={() => toggleLink(editor, link)} />
          <span>{off ? t("Switched off") : t("Switched on")}</span>
        </label>
        <div className="al-field" data-held>
          <label htmlFor={id}>{t("Kind")}</label>
          <div className="al-field-input">
            <select
              id={id}
              ref={kindBox}
              data-field="kind"
              className="al-input"
              disabled={!may}
              value={kind}
              onChange={(e) =>
                editor.apply(`${link.id}: ${e.target.value}`, (spec) => setLinkKind(spec, link.id, e.target.value))
              }
            >
              {!kinds.some((one) => one.type === kind) && <option value={kind}>{kind}</option>}
              {kinds.map((one) => (
                <option key={one.type} value={one.type}>
                  {one.type.replaceAll("_", " ")}
                </option>
              ))}
            </select>
          </div>
          {part && <div className="al-field-note">{part.title}</div>}
        </div>
        <LinkFields link={link} kind={kind} />
        {problems.length > 0 && (
          <ul className="al-reasons">
            {problems.map((p) => (
              <li key={p.code + p.message} data-severity={p.severity}>
                {p.message} {p.hint}
              </li>
            ))}
          </ul>
        )}
        {override !== undefined && <ResetButton label={link.derived ? t("Reset this link") : t("Remove this link")} />}
      </Section>
      <WindowPlan of={link.id} />
      <Section title={t("Ends")}>
        <div className="al-add">
          {[link.source, link.target].map((id) => (
            <button
              key={id}
              type="button"
              className="al-button"
              onClick={() => editor.select({ kind: "nodes", ids: [id] })}
            >
              {id}
            </button>
          ))}
        </div>
      </Section>
    </div>
  );
}
