/** Pan and zoom of the canvas by d3-zoom; the transform goes straight to the DOM, React draws nothing for it. */
import { select } from "d3-selection";
import { type ZoomBehavior, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";
import { type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { type Box, fitting } from "../geometry/paths.js";

/** Below this scale a block shows its name and cells in large letters only. */
export const DETAIL = 0.62;
const MARGIN = 20;
const MOST = 1.3;
const RULER = 26;

export interface Viewport {
  fit(): void;
  /** Moves just so far that the box can be seen. */
  reveal(box: Box): void;
  zoomBy(factor: number): void;
  transform: RefObject<ZoomTransform>;
}

interface Options {
  frame: RefObject<HTMLElement>;
  svg: RefObject<SVGSVGElement>;
  world: RefObject<SVGGElement>;
  bounds: Box;
  onTransform(transform: ZoomTransform): void;
}

export function useZoom({ frame, svg, world, bounds, onTransform }: Options): Viewport {
  const transform = useRef<ZoomTransform>(zoomIdentity);
  const behaviour = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const untouched = useRef(true);
  const box = useRef(bounds);
  const listener = useRef(onTransform);
  box.current = bounds;
  listener.current = onTransform;

  const fit = useCallback(() => {
    const element = svg.current;
    if (!element || !behaviour.current) return;
    const { width, height } = element.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const { k, x, y } = fitting(box.current, width - RULER, height - RULER, MARGIN, MOST);
    behaviour.current.transform(select(element), zoomIdentity.translate(x + RULER, y + RULER).scale(k));
    untouched.current = true;
  }, [svg]);

  useEffect(() => {
    const element = svg.current;
    const holder = frame.current;
    if (!element || !holder) return;
    const own = zoom<SVGSVGElement, unknown>()
      .scaleExtent([0.05, 4])
      .extent(() => {
        const { width, height } = element.getBoundingClientRect();
        return [
          [0, 0],
          [width, height],
        ];
      })
      .filter((event: Event) => {
        if (event.type === "wheel") return (event as WheelEvent).ctrlKey || (event as WheelEvent).metaKey;
        const onItem = (event.target as Element).closest("[data-id]");
        return !onItem && ((event as MouseEvent).button ?? 0) === 0;
      })
      .on("zoom", (event: { transform: ZoomTransform; sourceEvent: Event | null }) => {
        transform.current = event.transform;
        world.current?.setAttribute("transform", event.transform.toString());
        element.dataset.detail = event.transform.k < DETAIL ? "low" : "high";
        if (event.sourceEvent) untouched.current = false;
        listener.current(event.transform);
      });
    behaviour.current = own;
    const selection = select(element);
    selection.call(own).on("dblclick.zoom", null);
    // A plain wheel pans only where the user works already; elsewhere the page scrolls on.
    const wheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.metaKey || !holder.contains(document.activeElement)) return;
      event.preventDefault();
      const k = transform.current.k;
      const [dx, dy] = event.shiftKey && event.deltaX === 0 ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
      untouched.current = false;
      own.translateBy(selection, -dx / k, -dy / k);
    };
    element.addEventListener("wheel", wheel, { passive: false });
    const observer = new ResizeObserver(() => {
      if (untouched.current) fit();
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      element.removeEventListener("wheel", wheel);
      selection.on(".zoom", null);
    };
  }, [fit, frame, svg, world]);

  // A lattice that grows stays in sight unless the user has moved it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the size is what it depends on.
  useEffect(() => {
    if (untouched.current) fit();
  }, [fit, bounds.width, bounds.height]);

  return useMemo(
    () => ({
      fit,
      transform,
      zoomBy(factor) {
        if (!svg.current) return;
        untouched.current = false;
        behaviour.current?.scaleBy(select(svg.current), factor);
      },
      reveal(target) {
        const element = svg.current;
        if (!element || !behaviour.current) return;
        const { width, height } = element.getBoundingClientRect();
        if (width === 0 || height === 0) return;
        const { k, x, y } = transform.current;
        const left = target.x * k + x - RULER - 8;
        const top = target.y * k + y - RULER - 8;
        const right = (target.x + target.width) * k + x + 8 - width;
        const bottom = (target.y + target.height) * k + y + 8 - height;
        const dx = left < 0 ? -left : right > 0 ? -right : 0;
        const dy = top < 0 ? -top : bottom > 0 ? -bottom : 0;
        if (dx || dy) behaviour.current.translateBy(select(element), dx / k, dy / k);
      },
    }),
    [fit, svg],
  );
}
