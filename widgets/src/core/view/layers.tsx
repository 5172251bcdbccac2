/** All nodes, and all links, of the canvas. */
import { useMemo } from "react";
import { direction, nodeTitle, OVERLAY_TITLES, worst } from "../a11y.js";
import { blockText, isChosen } from "../model/edits.js";
import { percent } from "../model/format.js";
import { getAt } from "../model/json.js";
import { focusOf, isSelected } from "../model/selection.js";
import type { Diagnostic } from "../model/spec.js";
import type { Picture } from "../state.js";
import { Block } from "./Block.js";
import { useEditor, useSelect } from "./context.js";
import { useOverlay } from "./Overlay.js";
import { Pill, Wire } from "./Wire.js";

const NONE: readonly Diagnostic[] = []; // one object, so that what has no problems is not drawn again
/** More shares than this do not find room at the edge of a block. */
const MOST_BADGES = 5;

/** Diagnostics by the node or link that they belong to. */
export function useProblemsById(): ReadonlyMap<string, Diagnostic[]> {
  const diagnostics = useSelect((s) => s.diagnostics);
  return useMemo(() => {
    const map = new Map<string, Diagnostic[]>();
    for (const one of diagnostics) {
      if (!one.node) continue;
      const list = map.get(one.node);
      if (list) list.push(one);
      else map.set(one.node, [one]);
    }
    return map;
  }, [diagnostics]);
}

export function NodeLayer({ picture }: { picture: Picture }) {
  const editor = useEditor();
  const content = useSelect((s) => s.content);
  const selection = useSelect((s) => s.selection);
  const icons = useSelect((s) => s.catalog?.cells ?? null);
  const merges = useSelect((s) => s.catalog?.merges ?? null);
  const training = useSelect((s) => s.training);
  const showFeatures = useSelect((s) => s.showFeatures);
  const overlay = useOverlay();
  const problems = useProblemsById();
  const spec = content.kind === "spec" ? content.spec : null;
  const { lattice, graph } = picture;
  const current = focusOf(selection);
  const entry = selection.kind === "none" ? graph.nodes[0]?.id : undefined;
  const rows = useMemo(() => {
    const byLevel: (typeof graph.nodes)[] = Array.from({ length: lattice.rows }, () => []);
    for (const node of graph.nodes) byLevel[node.level]?.push(node);
    for (const row of byLevel) row.sort((a, b) => a.stage - b.stage);
    return byLevel;
  }, [graph, lattice]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a table.
    <g
      role="grid"
      aria-label={editor.t("Lattice: rows are levels, columns are stages")}
      aria-rowcount={lattice.rows}
      aria-colcount={lattice.columns.length}
      aria-multiselectable="true"
    >
      {rows.map((row, level) =>
        row.length === 0 ? null : (
          // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a table row.
          // biome-ignore lint/suspicious/noArrayIndexKey: the index is the level.
          <g role="row" aria-rowindex={level + 1} key={level}>
            {row.map((node) => {
              const place = lattice.nodes.get(node.id);
              if (!place) return null;
              const own = problems.get(node.id) ?? NONE;
              const text = (spec && blockText(spec, node.id)) ?? node.text;
              const value = overlay.values.get(node.id);
              const shown =
                overlay.name === "none" || value === undefined || (value === 0 && node.kind !== "block")
                  ? ""
                  : overlay.write(value);
              const spoken = shown && `${editor.t(OVERLAY_TITLES[overlay.name] ?? "")} ${shown}`;
              const shares = training.shares.get(node.id)?.links ?? null;
              return (
                <Block
                  key={node.id}
                  node={node}
                  x={place.x}
                  y={place.y}
                  column={place.column}
                  title={node.id === node.kind ? nodeTitle(editor.t, node) : node.id}
                  text={text}
                  icons={icons}
                  mark={node.inputs.length > 1 ? (merges?.get(node.merge)?.mark ?? "") : ""}
                  selected={isSelected(selection, node.id)}
                  focusable={node.id === current || node.id === entry}
                  overridden={getAt(spec ?? undefined, ["blocks", node.id]) !== undefined}
                  problems={own}
                  value={shown}
                  part={value !== undefined && overlay.max > 0 ? value / overlay.max : 0}
                  painted={showFeatures && training.features.has(node.id)}
                  shares={shares}
                  spoken={spoken}
                  t={editor.t}
                />
              );
            })}
          </g>
        ),
      )}
    </g>
  );
}

/** What the selected link is, above everything else. */
export function LinkLabel({ picture }: { picture: Picture }) {
  const id = useSelect((s) => (s.selection.kind === "link" ? s.selection.id : ""));
  const link = picture.graph.links.find((one) => one.id === id);
  const route = picture.lattice.routes.get(id);
  if (!link || !route) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an SVG group is not focusable.
    <g className="al-wire" data-way={direction(link)} aria-hidden="true">
      <Pill x={route.mid.x} y={route.mid.y} text={link.kind.replaceAll("_", " ")} height={18} />
    </g>
  );
}

export function LinkLayer({ picture }: { picture: Picture }) {
  const editor = useEditor();
  const content = useSelect((s) => s.content);
  const selection = useSelect((s) => s.selection);
  const training = useSelect((s) => s.training);
  const problems = useProblemsById();
  const spec = content.kind === "spec" ? content.spec : null;
  const kinds = useSelect((s) => s.catalog?.links ?? null);
  const { lattice, graph } = picture;
  const picked = selection.kind === "nodes" ? new Set(selection.ids) : null;
  return (
    // biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: an SVG group is not interactive.
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a fieldset.
    <g role="group" aria-label={editor.t("Links")} data-dimmed={picked !== null || undefined} className="al-wires">
      {graph.links.map((link) => {
        const route = lattice.routes.get(link.id);
        if (!route) return null;
        const override = getAt(spec ?? undefined, ["links", link.id, "off"]);
        const off = override === undefined ? link.off : override === true;
        const share = training.linkShare.get(link.id);
        const selected = isSelected(selection, link.id);
        const near = picked !== null && (picked.has(link.source) || picked.has(link.target));
        return (
          <Wire
            key={link.id}
            link={link}
            route={route}
            off={off}
            selected={selected}
            focusable={selected}
            near={near}
            severity={worst(problems.get(link.id) ?? NONE)}
            share={share}
            icon={spec && isChosen(spec, link) ? (kinds?.get(link.kind)?.icon ?? "") : ""}
            cells={typeof link.values.cells === "string" ? link.values.cells : ""}
            t={editor.t}
          />
        );
      })}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: an SVG group is not focusable. */}
      <g aria-hidden="true">
        {graph.nodes.map((node) => {
          const shares = training.shares.get(node.id)?.links ?? [];
          if (shares.length > MOST_BADGES) return null;
          return shares.map(({ id, share }) => {
            const end = lattice.routes.get(id)?.points.at(-1);
            return (
              end && share !== null && <Pill key={id} x={end.x - 21} y={end.y} text={percent(share)} height={15} />
            );
          });
        })}
      </g>
    </g>
  );
}
