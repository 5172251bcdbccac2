/** Documents to start from, in groups, each with a small picture of its lattice. */
import { useEffect, useState } from "react";
import { describeCost, say } from "../a11y.js";
import { HEIGHT, layLattice, WIDTH } from "../geometry/lattice.js";
import { pathOf } from "../geometry/paths.js";
import { fitting, inGroups } from "../model/picking.js";
import type { CheckReply, CostRow, Graph, Template } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";

type Answer = Pick<CheckReply, "graph" | "estimate">;

export function Templates() {
  const editor = useEditor();
  const { t, host } = editor;
  const templates = useSelect((s) => s.templates);
  const content = useSelect((s) => s.content);
  const status = useSelect((s) => s.status);
  const [query, setQuery] = useState("");
  const choosing = useSelect((s) => s.choosing);
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

  const shown = fitting(templates ?? [], query);
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
      {templates && templates.length >= MANY && (
        <div className="al-templates-find">
          <input
            type="search"
            className="al-input"
            // biome-ignore lint/a11y/noAutofocus: whoever asked for the picker goes on by typing.
            autoFocus={choosing}
            aria-label={t("Find a template")}
            placeholder={t("Find: name, task, paper …")}
            value={query}
            onChange={(e) => setQuery(e.target.value)}
            onKeyDown={(e) => {
              const [first] = shown;
              if (e.key === "Enter" && query && first && !host.document.readOnly) choose(first);
            }}
          />
          <span className="al-quiet" role="status">
            {query && say(t, "{n} of {all}", { n: shown.length, all: templates.length })}
          </span>
        </div>
      )}
      {templates ? (
        inGroups(shown).map(({ name, templates: own }) => (
          <section key={name} aria-label={name || t("Templates")}>
            {name && <h3>{t(name)}</h3>}
            <ul>
              {own.map((template) => (
                <Card
                  key={template.name}
                  template={template}
                  answer={answers.get(template.name)}
                  onChoose={() => choose(template)}
                />
              ))}
            </ul>
          </section>
        ))
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

/** From this many templates on there is a field to find one. */
const MANY = 8;

function Card({ template, answer, onChoose }: { template: Template; answer: Answer | undefined; onChoose(): void }) {
  const { t, host } = useEditor();
  return (
    <li>
      <button type="button" className="al-card" disabled={host.document.readOnly === true} onClick={onChoose}>
        <Preview graph={answer?.graph ?? null} />
        <b>{template.title}</b>
        <span>{template.description}</span>
        {template.source && <em>{template.source}</em>}
        <small>{answer?.estimate ? describeCost(t, totals(answer)) : "\u00a0"}</small>
      </button>
    </li>
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
