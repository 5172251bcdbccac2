/** The lattice: levels as rows, stages as columns, blocks and links; all of it works from the keyboard. */
import type { ZoomTransform } from "d3-zoom";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { flushSync } from "react-dom";
import { command, editable, selectedNodes } from "../commands.js";
import { HEIGHT, WIDTH } from "../geometry/lattice.js";
import { boundsOf } from "../geometry/paths.js";
import { type Direction, extended, focusOf, NOTHING, neighbour, toggled } from "../model/selection.js";
import type { Picture } from "../state.js";
import { useEditor, useSelect } from "./context.js";
import { FeatureLayer } from "./FeatureLayer.js";
import { LinkLabel, LinkLayer, NodeLayer } from "./layers.js";
import { Rulers, type RulersHandle } from "./Rulers.js";
import { useZoom } from "./useZoom.js";

const ARROWS: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

export function Canvas({ picture }: { picture: Picture }) {
  const editor = useEditor();
  const selection = useSelect((s) => s.selection);
  const rev = useSelect((s) => s.rev);
  const frame = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const world = useRef<SVGGElement>(null);
  const rulers = useRef<RulersHandle>(null);
  const paint = useRef<((transform: ZoomTransform) => void) | null>(null);
  const hatch = useId();
  const { graph, lattice } = picture;
  const bounds = useMemo(() => boundsOf(lattice), [lattice]);
  const view = useZoom({
    frame,
    svg,
    world,
    bounds,
    onTransform: (transform) => {
      rulers.current?.move(transform);
      paint.current?.(transform);
    },
  });

  const focusElement = useCallback(() => {
    const id = focusOf(editor.state.selection);
    const element = id
      ? [...(svg.current?.querySelectorAll<SVGElement>("[data-id]") ?? [])].find((e) => e.dataset.id === id)
      : svg.current?.querySelector<SVGElement>('[tabindex="0"]');
    element?.focus({ preventScroll: true });
    const node = id ? editor.state.picture?.lattice.nodes.get(id) : undefined;
    if (node) view.reveal({ x: node.x, y: node.y, width: WIDTH, height: HEIGHT });
  }, [editor, view]);

  useEffect(() => {
    editor.fit = view.fit;
    editor.focusCanvas = () => setTimeout(focusElement);
    return () => {
      editor.fit = () => {};
      editor.focusCanvas = () => {};
    };
  }, [editor, view, focusElement]);

  // Undo may take away the element that had the focus; the keyboard must not fall out of the canvas.
  const lost = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs after each drawing.
  useLayoutEffect(() => {
    if (lost.current && document.activeElement === document.body) focusElement();
    lost.current = false;
    return () => {
      lost.current = svg.current?.contains(document.activeElement) ?? false;
    };
  }, [picture, selection]);

  const click = (event: MouseEvent) => {
    const item = (event.target as Element).closest<SVGElement>("[data-id]");
    const id = item?.dataset.id;
    if (!item || id === undefined) {
      if (!event.shiftKey) editor.select(NOTHING);
      return;
    }
    const more = event.shiftKey || event.ctrlKey || event.metaKey;
    if (item.dataset.type === "link") editor.select({ kind: "link", id });
    else editor.select(more ? toggled(editor.state.selection, id) : { kind: "nodes", ids: [id] });
    item.focus({ preventScroll: true });
  };

  const doubleClick = (event: MouseEvent) => {
    if ((event.target as Element).closest("[data-id]")) command("edit-text").run(editor);
  };

  const move = (direction: Direction, extend: boolean) => {
    const id = focusOf(selection);
    const link = selection.kind === "link" ? graph.links.find((l) => l.id === id) : undefined;
    if (link) return moveAlongLinks(link.id, direction);
    const from = id ? lattice.nodes.get(id) : undefined;
    const next = from ? neighbour(lattice.nodes.values(), from, direction) : lattice.nodes.values().next().value;
    if (!next) return;
    editor.select(extend ? extended(selection, next.id) : { kind: "nodes", ids: [next.id] });
    editor.focusCanvas();
  };

  /** The links that touch the same block, one after the other. */
  const moveAlongLinks = (id: string, direction: Direction) => {
    const here = graph.links.find((l) => l.id === id);
    if (!here) return;
    if (direction === "left" || direction === "right") {
      editor.select({ kind: "nodes", ids: [direction === "left" ? here.source : here.target] });
    } else {
      const near = graph.links.filter((l) => l.target === here.target || l.source === here.target);
      const at = near.findIndex((l) => l.id === id);
      const next = near[(at + (direction === "down" ? 1 : near.length - 1)) % near.length];
      if (next) editor.select({ kind: "link", id: next.id });
    }
    editor.focusCanvas();
  };

  const keyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = ARROWS[event.key];
    if (direction) {
      move(direction, event.shiftKey);
      event.preventDefault();
    } else if (event.key === "l" && selection.kind === "nodes") {
      const id = focusOf(selection);
      const link = graph.links.find((l) => l.target === id) ?? graph.links.find((l) => l.source === id);
      if (link) editor.select({ kind: "link", id: link.id });
      editor.focusCanvas();
    } else if (event.key === "Home" || event.key === "End") {
      const all = [...lattice.nodes.values()];
      const node = event.key === "Home" ? all[0] : all.at(-1);
      if (node) editor.select({ kind: "nodes", ids: [node.id] });
      editor.focusCanvas();
      event.preventDefault();
    } else if (event.key === "+" || event.key === "-") {
      view.zoomBy(event.key === "+" ? 1.25 : 0.8);
    } else if (
      /^\p{Lu}$/u.test(event.key) &&
      editable(editor) &&
      selectedNodes(editor).some((n) => n.kind === "block")
    ) {
      // Typing a code on a block writes its text anew: the field gets the focus in time for this very letter.
      flushSync(() => editor.openPanel("inspect"));
      editor.editText();
      event.stopPropagation();
    }
  };

  const focused = (event: { target: EventTarget }) => {
    const item = (event.target as Element).closest<SVGElement>("[data-id]");
    const id = item?.dataset.id;
    if (!item || id === undefined || focusOf(selection) === id) return;
    editor.select(item.dataset.type === "link" ? { kind: "link", id } : { kind: "nodes", ids: [id] });
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the items inside arrive here.
    <div
      className="al-canvas"
      ref={frame}
      data-stale={picture.rev !== rev || undefined}
      data-scope="canvas"
      onKeyDown={keyDown}
      role="presentation"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the items inside have roles and keys. */}
      <svg
        ref={svg}
        className="al-lattice"
        data-detail="high"
        style={{ "--al-hatch": `url(#${hatch})` } as CSSProperties}
        role="presentation"
        onClick={click}
        onDoubleClick={doubleClick}
        onFocus={focused}
      >
        <defs>
          <pattern id={hatch} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="5" height="5" className="al-hatch-back" />
            <rect width="2" height="5" className="al-hatch-line" />
          </pattern>
        </defs>
        <g ref={world}>
          <LinkLayer picture={picture} />
          <NodeLayer picture={picture} />
          <LinkLabel picture={picture} />
        </g>
      </svg>
      <Rulers ref={rulers} lattice={lattice} transform={view.transform} />
      <FeatureLayer lattice={lattice} transform={view.transform} paint={paint} />
    </div>
  );
}
