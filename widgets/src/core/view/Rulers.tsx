/** Numbers of levels and stages along the edges; they follow pan and zoom. */
import type { ZoomTransform } from "d3-zoom";
import { forwardRef, type RefObject, useCallback, useImperativeHandle, useLayoutEffect, useRef } from "react";
import { COLUMN, HEIGHT, type Lattice, LEFT, ROW, TOP, WIDTH } from "../geometry/lattice.js";
import { useEditor, useSelect } from "./context.js";

export interface RulersHandle {
  move(transform: ZoomTransform): void;
}

/** Pixels that the name of a column needs. */
const ROOM = 46;

interface Props {
  lattice: Lattice;
  transform: RefObject<ZoomTransform>;
}

export const Rulers = forwardRef<RulersHandle, Props>(function Rulers({ lattice, transform }, ref) {
  const { t } = useEditor();
  const graph = useSelect((s) => s.picture?.graph);
  const top = useRef<HTMLDivElement>(null);
  const left = useRef<HTMLDivElement>(null);
  const move = useCallback((z: ZoomTransform) => {
    const every = Math.ceil(ROOM / (COLUMN * z.k));
    for (const [index, mark] of [...(top.current?.children ?? [])].entries()) {
      (mark as HTMLElement).style.visibility = index % every === 0 ? "" : "hidden";
      (mark as HTMLElement).style.transform =
        `translateX(${z.applyX(LEFT + index * COLUMN + WIDTH / 2)}px) translateX(-50%)`;
    }
    for (const [index, mark] of [...(left.current?.children ?? [])].entries()) {
      (mark as HTMLElement).style.transform =
        `translateY(${z.applyY(TOP + index * ROW + HEIGHT / 2)}px) translateY(-50%)`;
    }
  }, []);
  useImperativeHandle(ref, () => ({ move }), [move]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new marks must be put in place.
  useLayoutEffect(() => {
    if (transform.current) move(transform.current);
  }, [lattice, move, transform]);
  const number = (stride: number) => Number(stride.toFixed(2));
  const title = (stage: number) => {
    const here = graph?.nodes.filter((node) => node.stage === stage) ?? [];
    const section = here[0]?.section ?? "backbone";
    if (section !== "backbone" && here.every((n) => n.section === section)) return t(section);
    const kind = here[0]?.kind ?? "";
    if (here.every((n) => n.kind === "block")) {
      const fused = graph?.nodes.some((n) => n.kind === "fusion" && n.stage === stage - 1);
      return fused && here.every((n) => graph?.outputs.includes(n.id)) ? t("output") : String(stage);
    }
    return kind === "fusion" && here.length > 1
      ? t("fusion")
      : here.length === 1
        ? here[0]?.kind === "fusion"
          ? t("fusion")
          : t(kind)
        : "";
  };
  return (
    <>
      <div className="al-ruler al-ruler-top" ref={top} aria-hidden="true">
        {lattice.columns.map((stage) => (
          <span key={stage}>{title(stage)}</span>
        ))}
      </div>
      <div className="al-ruler al-ruler-left" ref={left} aria-hidden="true">
        {Array.from({ length: lattice.rows }, (_, level) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the index is the level.
          <span key={level}>
            {level}
            {graph?.strides[level] !== undefined && <small>÷{number(graph.strides[level] ?? 1)}</small>}
          </span>
        ))}
      </div>
      <div className="al-ruler-corner" aria-hidden="true" title={t("levels down, stages across")}>
        ↘
      </div>
    </>
  );
});
