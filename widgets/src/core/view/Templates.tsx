/** Documents to start from, each with a small picture of its lattice. */
import { useEffect, useState } from "react";
import { describeCost } from "../a11y.js";
import { HEIGHT, layLattice, WIDTH } from "../geometry/lattice.js";
import { pathOf } from "../geometry/paths.js";
import type { CheckReply, CostRow, Graph, Template } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";

type Answer = Pick<CheckReply, "graph" | "estimate">;

export function Templates() {
  const editor = useEditor();
  const { t, host } = editor;
  const templates = useSelect((s) => s.templates);
  const content = useSelect((s) => s.content);
  const status = useSelect((s) => s.status);
  const [answers, setAnswers] = useState<ReadonlyMap<string, Answer>>(new Map());

  useEffect(() => {
    if (status.check !== "absent") void editor.loadTemplates();
  }, [editor, status.check]);

  useEffect(() => {
    let alive = true;
    for (const { name, spec } of templates ?? []) {
      host.request<CheckReply>("check", { rev: 0, spec, batch: 1 }).then(
        (reply) => alive && setAnswers((now) => new Map(now).set(name, reply)),
        () => {}, // A card without a picture is still a card.
      );
    }
    return () => {
      alive = false;
    };
  }, [templates, host]);

  const choose = (template: Template) => {
    editor.replace({ kind: "spec", spec: template.spec }, { label: `${t("New from")} ${template.title}` });
    editor.store.set({ choosing: false });
    editor.focusCanvas();
  };

  return (
    <div className="al-templates">
      <div className="al-templates-head">
        <h2>{content.kind === "empty" ? t("What do you want to build?") : t("Start again from a template")}</h2>
        <p className="al-quiet">
          {content.kind === "empty"
            ? t("Pick a starting point. Everything can be changed afterwards.")
            : t("This replaces the present document. Undo brings it back.")}
        </p>
        {content.kind !== "empty" && (
          <button type="button" className="al-button" onClick={() => editor.store.set({ choosing: false })}>
            {t("Keep the present document")}
          </button>
        )}
      </div>
      {templates ? (
        <ul>
          {templates.map((template) => {
            const answer = answers.get(template.name);
            return (
              <li key={template.name}>
                <button
                  type="button"
                  className="al-card"
                  disabled={host.document.readOnly === true}
                  onClick={() => choose(template)}
                >
                  <Preview graph={answer?.graph ?? null} />
                  <b>{template.title}</b>
                  <span>{template.description}</span>
                  <small>{answer?.estimate ? describeCost(t, totals(answer)) : "\u00a0"}</small>
                </button>
              </li>
            );
          })}
        </ul>
      ) : (
        <p className="al-empty al-quiet">
          {status.check === "absent"
            ? status.message || t("Nobody is here to offer templates.")
            : t("Looking for templates …")}
        </p>
      )}
    </div>
  );
}

function totals({ estimate }: Answer): CostRow | undefined {
  return estimate
    ? ({ ...estimate, id: "", kind: "", level: 0, stage: 0, shape: null } as unknown as CostRow)
    : undefined;
}

function Preview({ graph }: { graph: Graph | null }) {
  if (!graph) return <span className="al-preview" />;
  const lattice = layLattice(graph.nodes, graph.links);
  const kinds = new Map(graph.nodes.map((node) => [node.id, node.kind]));
  return (
    <svg className="al-preview" viewBox={`0 0 ${lattice.width} ${lattice.height}`} aria-hidden="true" focusable="false">
      {[...lattice.routes.values()].map((route) => (
        <path key={route.id} d={pathOf(route)} />
      ))}
      {[...lattice.nodes.values()].map((node) => (
        <rect
          key={node.id}
          data-kind={kinds.get(node.id)}
          x={node.x}
          y={node.y}
          width={WIDTH}
          height={HEIGHT}
          rx={14}
        />
      ))}
    </svg>
  );
}
