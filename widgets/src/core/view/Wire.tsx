/** One link: a curve with a direction that is told by dash, sign and label, never by colour alone. */
import { memo } from "react";
import { direction } from "../a11y.js";
import type { Route } from "../geometry/lattice.js";
import { arrowOf, pathOf } from "../geometry/paths.js";
import type { GraphLink } from "../model/spec.js";

export interface WireProps {
  link: GraphLink;
  route: Route;
  off: boolean;
  selected: boolean;
  focusable: boolean;
  /** Touches the selected block. */
  near: boolean;
  severity: string;
  label: string;
  /** Short text at the middle while it is selected or near. */
  caption: string;
  /** Text that always stands at the middle, such as a share. */
  badge: string;
}

const SIGNS = { down: "M-4 -2.5h8l-4 5.5z", up: "M-4 2.5h8l-4 -5.5z", same: "" };

export const Wire = memo(function Wire(props: WireProps) {
  const { link, route, off, selected, near, label, caption, badge, severity } = props;
  const way = direction(link);
  const path = pathOf(route);
  const shown = badge || (selected ? caption : "");
  const width = shown.length * 6.3 + 12;
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a button element.
    <g
      className="al-wire"
      data-id={link.id}
      data-type="link"
      data-way={way}
      data-off={off || undefined}
      data-selected={selected || undefined}
      data-near={near || undefined}
      data-severity={severity || undefined}
      data-extra={!link.derived || undefined}
      role="button"
      tabIndex={props.focusable ? 0 : -1}
      aria-label={label}
      aria-pressed={selected}
    >
      <path className="al-wire-hit" d={path} />
      <path className="al-wire-line" d={path} />
      <path className="al-wire-head" d={arrowOf(route)} />
      {shown ? (
        <g className="al-wire-label" transform={`translate(${route.mid.x} ${route.mid.y})`}>
          <rect x={-width / 2} y={-9} width={width} height={18} rx={9} />
          <text dy="0.32em">{shown}</text>
        </g>
      ) : off ? (
        <path className="al-wire-cross" transform={`translate(${route.mid.x} ${route.mid.y})`} d="M-4 -4l8 8M4 -4l-8 8" />
      ) : (
        SIGNS[way] && <path className="al-wire-sign" transform={`translate(${route.mid.x} ${route.mid.y})`} d={SIGNS[way]} />
      )}
    </g>
  );
});
