/** Pieces that the forms of the inspector share. */
import type { ReactNode } from "react";
import { describeCost, directionText, nodeTitle } from "../../a11y.js";
import { command } from "../../commands.js";
import { durations, shape } from "../../model/format.js";
import { getAt, isObject, pathText, type Step } from "../../model/json.js";
import { type Field, fieldsOf, grouped } from "../../model/schema.js";
import { NOTHING } from "../../model/selection.js";
import type { GraphLink, GraphNode, Json, JsonObject, Schema } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { FormField, problemsAt } from "../Form.js";

export function Section({ title, children, note }: { title: string; children: ReactNode; note?: ReactNode }) {
  return (
    <section className="al-section">
      <h3>
        {title}
        {note && <small>{note}</small>}
      </h3>
      {children}
    </section>
  );
}

/** Name, place and cost of a node, and the way back to the document. */
export function NodeHeading({ node }: { node: GraphNode }) {
  const editor = useEditor();
  const { t } = editor;
  const cost = useSelect((s) => s.picture?.estimate?.nodes.find((row) => row.id === node.id));
  const time = useSelect((s) => s.profiling.times.get(node.id));
  const write = durations([time?.p95]);
  return (
    <header className="al-heading">
      <h2>{nodeTitle(t, node)}</h2>
      <BackToDocument />
      <p className="al-quiet">
        {t("level")} {node.level} · {t("stage")} {node.stage} · {shape(node.shape)}
      </p>
      {cost && <p className="al-quiet">{describeCost(t, cost)}</p>}
      {time && (
        <p className="al-quiet">
          {t("measured")}: {write(time.p50)} (p50), {write(time.p95)} (p95)
        </p>
      )}
    </header>
  );
}

export function BackToDocument() {
  const editor = useEditor();
  return (
    <button type="button" className="al-link" onClick={() => editor.select(NOTHING)}>
      {editor.t("Document")}
    </button>
  );
}

export function ResetButton({ label }: { label: string }) {
  const editor = useEditor();
  const enabled = useSelect(() => command("reset").when(editor));
  if (!enabled) return null;
  return (
    <button type="button" className="al-button" onClick={() => command("reset").run(editor)}>
      {label}
    </button>
  );
}

/** Fields under headings that fold; one that holds something or is wrong is never folded away unasked. */
export function FieldGroups({
  fields,
  busy,
  children,
}: {
  fields: readonly Field[];
  /** The field holds a value here, or something is wrong with it. */
  busy(field: Field): boolean;
  children(field: Field): ReactNode;
}) {
  const editor = useEditor();
  const { t } = editor;
  const asked = useSelect((s) => s.folds);
  const groups = grouped(fields);
  const named = groups.filter((group) => group.name);
  return (
    <>
      {groups.map((group) => {
        const body = <div className="al-form">{group.fields.map(children)}</div>;
        if (named.length < 2 || !group.name) return <div key={group.name}>{body}</div>;
        const open = asked.get(group.name) ?? (named.indexOf(group) < OPEN || group.fields.some(busy));
        return (
          <details
            key={group.name}
            className="al-group"
            open={open}
            onToggle={(e) => {
              const now = e.currentTarget.open;
              if (now !== open) editor.store.set({ folds: new Map(asked).set(group.name, now) });
            }}
          >
            <summary>
              {t(group.name)} <small>{open ? "" : group.fields.map((field) => t(field.label)).join(", ")}</small>
            </summary>
            {body}
          </details>
        );
      })}
    </>
  );
}

/** Groups that are open until somebody folds them. */
const OPEN = 2;

interface SchemaFormProps {
  schema: Schema | undefined;
  /** Where the object with these fields lies in the document. */
  path: readonly Step[];
  without?: readonly string[];
  effective?: JsonObject;
  disabled?: boolean;
  /** Writes a field; by default at `path` in the document. */
  write(field: string, value: Json | undefined, gesture?: string): void;
}

/** All fields of a schema over an object of the document. */
export function SchemaForm({ schema, path, without, effective, disabled, write }: SchemaFormProps) {
  const { t } = useEditor();
  const content = useSelect((s) => s.content);
  const diagnostics = useSelect((s) => s.diagnostics);
  const held = content.kind === "spec" ? getAt(content.spec, path) : undefined;
  const values = isObject(held) ? held : {};
  const fields = fieldsOf(schema, without);
  const base = pathText(path);
  const problemsOf = (field: Field) => problemsAt(diagnostics, `${base}.${field.name}`);
  if (fields.length === 0) return <p className="al-quiet">{t("Nothing to set.")}</p>;
  return (
    <FieldGroups fields={fields} busy={(field) => values[field.name] !== undefined || problemsOf(field).length > 0}>
      {(field) => (
        <FormField
          key={field.name}
          field={field}
          path={`${base}.${field.name}`}
          value={values[field.name]}
          effective={effective?.[field.name]}
          problems={problemsOf(field)}
          {...(disabled ? { disabled } : {})}
          onChange={(value, gesture) => write(field.name, value, gesture)}
        />
      )}
    </FieldGroups>
  );
}

/** Links as buttons that select them. */
export function LinkList({
  title,
  links,
  end,
}: {
  title: string;
  links: readonly GraphLink[];
  end: "source" | "target";
}) {
  const editor = useEditor();
  const { t } = editor;
  const shares = useSelect((s) => s.training.linkShare);
  if (links.length === 0) return null;
  return (
    <Section title={title}>
      <ul className="al-links">
        {links.map((link) => {
          const share = shares.get(link.id);
          return (
            <li key={link.id}>
              <button type="button" className="al-row" onClick={() => editor.select({ kind: "link", id: link.id })}>
                <b>{link[end]}</b>
                <span>
                  {link.kind.replaceAll("_", " ")} · {directionText(t, link)}
                </span>
                <em>{link.off ? t("off") : share !== undefined ? `${Math.round(share * 100)} %` : ""}</em>
              </button>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
