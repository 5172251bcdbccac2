/** Feature maps of a running training, painted over the blocks from one atlas, nearest neighbour. */
import type { ZoomTransform } from "d3-zoom";
import { type MutableRefObject, type RefObject, useCallback, useEffect, useMemo, useRef } from "react";
import { HEIGHT, type Lattice, WIDTH } from "../geometry/lattice.js";
import { type Atlas, atlasOf, tiles } from "../model/atlas.js";
import { useSelect } from "./context.js";
import { DETAIL } from "./useZoom.js";

interface Props {
  lattice: Lattice;
  transform: RefObject<ZoomTransform>;
  paint: MutableRefObject<((transform: ZoomTransform) => void) | null>;
}

/** Below the name, above the bar; lower where the name stands in large letters. */
const FAR = { x: 8, y: 33, width: WIDTH - 16, height: HEIGHT - 33 - 6 };
const AREA = { x: 8, y: 25, width: WIDTH - 16, height: HEIGHT - 25 - 8 };

export function FeatureLayer({ lattice, transform, paint }: Props) {
  const features = useSelect((s) => s.training.features);
  const shares = useSelect((s) => s.training.shares);
  const shown = useSelect((s) => s.showFeatures);
  const canvas = useRef<HTMLCanvasElement>(null);
  const atlas = useMemo(() => (shown && features.size > 0 ? atlasOf(features) : null), [features, shown]);
  const source = useMemo(() => (atlas ? bitmapOf(atlas) : null), [atlas]);

  const draw = useCallback(
    (z: ZoomTransform) => {
      const element = canvas.current;
      const context = element?.getContext("2d");
      if (!element || !context) return;
      const ratio = window.devicePixelRatio || 1;
      const width = element.clientWidth;
      const height = element.clientHeight;
      if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
        element.width = Math.round(width * ratio);
        element.height = Math.round(height * ratio);
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      if (!atlas || !source) return;
      context.imageSmoothingEnabled = false;
      const room = z.k < DETAIL ? FAR : AREA;
      for (const [id, maps] of atlas.places) {
        const place = lattice.nodes.get(id);
        if (!place) continue;
        const area = { ...room, height: room.height - (shares.has(id) ? 7 : 0) };
        for (const [index, tile] of tiles(maps.length, maps[0]?.width ?? 1, maps[0]?.height ?? 1, area).entries()) {
          const map = maps[index];
          if (!map) continue;
          const x = z.applyX(place.x + tile.x);
          const y = z.applyY(place.y + tile.y);
          if (x > width || y > height || x + tile.width * z.k < 0 || y + tile.height * z.k < 0) continue;
          context.drawImage(source, map.x, map.y, map.width, map.height, x, y, tile.width * z.k, tile.height * z.k);
        }
      }
    },
    [atlas, source, lattice, shares],
  );

  useEffect(() => {
    paint.current = draw;
    if (transform.current) draw(transform.current);
    return () => {
      paint.current = null;
    };
  }, [draw, paint, transform]);

  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas is not focusable.
  return <canvas ref={canvas} className="al-features" aria-hidden="true" />;
}

function bitmapOf(atlas: Atlas): HTMLCanvasElement {
  const element = document.createElement("canvas");
  element.width = atlas.width;
  element.height = atlas.height;
  const image = new ImageData(atlas.pixels as Uint8ClampedArray<ArrayBuffer>, atlas.width, atlas.height);
  element.getContext("2d")?.putImageData(image, 0, 0);
  return element;
}
