/** One node of the lattice: name, cells, shape, a number of the overlay, and what is wrong with it. */
import { memo } from "react";
import { describeNode, fixedText, type Translate, worst } from "../a11y.js";
import { HEIGHT, WIDTH } from "../geometry/lattice.js";
import { runsOf } from "../model/cells.js";
import { shape } from "../model/format.js";
import type { Diagnostic, GraphNode } from "../model/spec.js";
import type { Share } from "../model/training.js";

export interface BlockProps {
  node: GraphNode;
  x: number;
  y: number;
  column: number;
  title: string;
  text: string;
  icons: ReadonlyMap<string, { icon: string; title: string }> | null;
  /** The sign of its merge. */
  mark: string;
  selected: boolean;
  focusable: boolean;
  overridden: boolean;
  problems: readonly Diagnostic[];
  /** Number of the overlay as text, and its part of the largest. */
  value: string;
  part: number;
  /** Thumbnails are painted over the cells. */
  painted: boolean;
  shares: readonly Share[] | null;
  /** The overlay's number with its name. */
  spoken: string;
  t: Translate;
}

const INNER = WIDTH - 20;
const MERGE_ROOM = 56; // left of the chips of a node that merges
const CHIP = { one: 25, many: 40, gap: 2 };

export const Block = memo(function Block(props: BlockProps) {
  const { node, x, y, text, value, part, problems, mark } = props;
  const severity = worst(problems);
  const isBlock = node.kind === "block";
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG group cannot be a table cell.
    <g
      className="al-block"
      data-id={node.id}
      data-type="node"
      data-kind={node.kind}
      data-section={node.section}
      data-selected={props.selected || undefined}
      data-severity={severity || undefined}
      transform={`translate(${x} ${y})`}
      role="gridcell"
      aria-colindex={props.column + 1}
      aria-selected={props.selected}
      tabIndex={props.focusable ? 0 : -1}
    >
      {/* The name that is read aloud: a label attribute would have to repeat every visible letter. */}
      <title>{describeNode(props.t, node, text, problems, props.spoken)}</title>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: an SVG group is not focusable. */}
      <g aria-hidden="true">
        <rect className="al-block-ring" x={-4} y={-4} width={WIDTH + 8} height={HEIGHT + 8} rx={12} />
        <rect className="al-block-body" width={WIDTH} height={HEIGHT} rx={8} />
        {part > 0 && (
          <rect className="al-block-heat" width={WIDTH} height={HEIGHT} rx={8} opacity={0.03 + 0.27 * part} />
        )}
        {part > 0 && (
          <rect
            className="al-block-bar"
            x={10}
            y={HEIGHT - 5}
            width={Math.max(2, INNER * part)}
            height={2.5}
            rx={1.25}
          />
        )}
        <g className="al-high">
          <text className="al-block-id" x={10} y={19}>
            {props.title}
          </text>
          {props.overridden && <circle className="al-block-own" cx={WIDTH - 12} cy={14.5} r={2.5} />}
          <text className="al-block-value" x={WIDTH - (props.overridden ? 19 : 10)} y={19}>
            {value}
          </text>
          {!props.painted &&
            (isBlock ? (
              <Chips node={node} text={text} icons={props.icons} left={10} t={props.t} />
            ) : (
              <Plain {...props} />
            ))}
          {props.painted && props.shares && <Shares shares={props.shares} y={HEIGHT - 14} height={5} />}
          {!props.painted && (
            <text className="al-block-shape" x={10} y={HEIGHT - 10}>
              {shape(node.shape)}
            </text>
          )}
        </g>
        <Large title={props.title} painted={props.painted} value={value}>
          {isBlock ? text : mark}
        </Large>
        {severity && (
          <g className="al-block-badge" transform={`translate(${WIDTH - 2} 2)`}>
            <circle r={9} />
            <text dy="0.35em">{severity === "error" ? "!" : "i"}</text>
          </g>
        )}
      </g>
    </g>
  );
});

/** What remains of a block when it is small: few words in large letters. */
function Large({
  title,
  painted,
  value,
  children,
}: {
  title: string;
  painted: boolean;
  value: string;
  children: string;
}) {
  const lines = painted ? [] : [fitted(children), value].filter(Boolean);
  return (
    <g className="al-low">
      <text className="al-block-large" x={WIDTH / 2} y={lines.length === 2 || painted ? 25 : 36}>
        {title}
      </text>
      {lines.map((line, i) => (
        <text key={line} className="al-block-codes" x={WIDTH / 2} y={lines.length === 2 ? 49 + i * 23 : 66}>
          {line}
        </text>
      ))}
    </g>
  );
}

function fitted(text: string): string {
  return text.length > 8 ? `${text.slice(0, 6)}…` : text;
}

function Chips({
  node,
  text,
  icons,
  left: start,
  t,
}: Pick<BlockProps, "node" | "text" | "icons" | "t"> & { left: number }) {
  const runs = runsOf(node, text);
  const chips: JSX.Element[] = [];
  let left = start;
  for (const [index, run] of runs.entries()) {
    const width = run.times > 1 ? CHIP.many : CHIP.one;
    const rest = runs.length - index;
    if (left + width > WIDTH - (rest > 1 ? 24 : 8)) {
      chips.push(
        <text key="more" className="al-chip-more" x={left + 2} y={46}>
          +{rest}
        </text>,
      );
      break;
    }
    const known = icons?.get(run.code);
    chips.push(
      <g
        key={`${index}${run.code}`}
        className="al-chip"
        data-known={known ? true : undefined}
        data-fixed={run.fixed || undefined}
        transform={`translate(${left} 28)`}
      >
        {run.fixed && <title>{fixedText(t, node.section, known?.title ?? run.code)}</title>}
        <rect width={width} height={29} rx={5} />
        {known && (
          <path className="al-chip-icon" transform={`translate(${CHIP.one / 2 - 6} 2) scale(0.75)`} d={known.icon} />
        )}
        <text x={CHIP.one / 2} y={known ? 24.5 : 19}>
          {run.code}
        </text>
        {run.times > 1 && (
          <text className="al-chip-times" x={CHIP.one + 6} y={19}>
            ×{run.times}
          </text>
        )}
      </g>,
    );
    left += width + CHIP.gap;
  }
  return <>{chips}</>;
}

/** How a node without cells of the document mixes its inputs, and the cells that are fixed behind that. */
function Plain({ node, shares, mark, icons, t }: BlockProps) {
  if (shares) return <Shares shares={shares} y={34} height={14} />;
  return (
    <>
      {mark && (
        <text className="al-block-merge" x={10} y={47}>
          {mark} {node.inputs.length}
        </text>
      )}
      <Chips node={node} text="" icons={icons} left={mark ? MERGE_ROOM : 10} t={t} />
    </>
  );
}

/** Parts of a fusion's inputs; what cancels others is hatched. */
function Shares({ shares, y, height }: { shares: readonly Share[]; y: number; height: number }) {
  const sum = shares.reduce((total, s) => total + Math.abs(s.share ?? 0), 0);
  if (sum === 0) return null;
  let left = 10;
  return (
    <g className="al-shares">
      {shares.map((s, index) => {
        const width = (INNER * Math.abs(s.share ?? 0)) / sum;
        const at = left;
        left += width;
        return (
          <rect
            key={s.id}
            data-tone={index % 4}
            data-negative={(s.share ?? 0) < 0 || undefined}
            x={at}
            y={y}
            width={Math.max(0, width - 1)}
            height={height}
          />
        );
      })}
    </g>
  );
}
