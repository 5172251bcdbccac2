/** One link: a curve with a direction that is told by dash, sign and label, never by colour alone. */
import { memo } from "react";
import { describeLink, direction, type Translate } from "../a11y.js";
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
  share: number | undefined;
  /** Icon of the kind, where the document chose it; else empty. */
  icon: string;
  /** Cells that the link carries. */
  cells: string;
  t: Translate;
}

const SIGNS = { down: "M-4 -2.5h8l-4 5.5z", up: "M-4 2.5h8l-4 -5.5z", same: "" };

export const Wire = memo(function Wire(props: WireProps) {
  const { link, route, off, selected, near, severity } = props;
  const label = describeLink(props.t, off === link.off ? link : { ...link, off }, props.share);
  const way = direction(link);
  const path = pathOf(route);
  const middle = `translate(${route.mid.x} ${route.mid.y})`;
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
      <title>{label}</title>
      <path className="al-wire-hit" d={path} />
      {!link.derived && <path className="al-wire-added" d={path} />}
      <path className="al-wire-line" d={path} />
      <path className="al-wire-head" d={arrowOf(route)} />
      {off ? (
        <path className="al-wire-cross" transform={middle} d="M-4 -4l8 8M4 -4l-8 8" />
      ) : props.icon ? (
        <Kind transform={middle} icon={props.icon} />
      ) : (
        SIGNS[way] && <path className="al-wire-sign" transform={middle} d={SIGNS[way]} />
      )}
      {props.cells && !off && <Pill x={route.mid.x} y={route.mid.y + 18} text={props.cells} height={14} />}
    </g>
  );
});

/** The icon of a link's kind, in a small disc. */
export function Kind({ transform, icon }: { transform: string; icon: string }) {
  return (
    <g className="al-wire-kind" transform={transform}>
      <circle r={9} />
      <path transform="translate(-6 -6) scale(0.75)" d={icon} />
    </g>
  );
}

/** A short text on a link. */
export function Pill({ x, y, text, height }: { x: number; y: number; text: string; height: number }) {
  const width = text.length * height * 0.35 + height * 0.6;
  return (
    <g className="al-wire-label" transform={`translate(${x} ${y})`}>
      <rect x={-width / 2} y={-height / 2} width={width} height={height} rx={height / 2} />
      <text dy="0.33em" fontSize={height * 0.62}>
        {text}
      </text>
    </g>
  );
}
