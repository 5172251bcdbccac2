/** How the cells of a block or link cut their map: numbers, a picture, and what both say in words. */
import { placesOf } from "../../model/cells.js";
import { cuttingOf, extent, type Grid } from "../../model/cutting.js";
import { exact } from "../../model/format.js";
import type { GraphNode, PlanRow } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";
import { Section } from "./parts.js";

const QUANTITIES: { name: string; hint?: string; of(row: PlanRow): string }[] = [
  { name: "Window", hint: "In pixels", of: (row) => extent(row, row.window) },
  { name: "Patch", hint: "In pixels", of: (row) => (row.patch ? extent(row, row.patch) : "") },
  { name: "Windows", of: (row) => extent(row, row.windows) },
  { name: "Patches each", of: (row) => (row.patches ? extent(row, row.patches) : "") },
  { name: "Attends to", hint: "Tokens that one token looks at, itself included", of: (row) => exact(row.tokens) },
  { name: "Heads", of: (row) => exact(row.heads) },
];

export function WindowPlan({ of }: { of: string }) {
  const { t } = useEditor();
  const plan = useSelect((s) => s.picture?.estimate?.plan);
  const node = useSelect((s) => s.picture?.graph.nodes.find((one) => one.id === of));
  const rows = plan?.filter((row) => row.node === of) ?? [];
  if (rows.length === 0) return null;
  return (
    <Section title={t("Windows")}>
      {parts(rows).map((some) => (
        <Numbers key={some.map(keyOf).join()} rows={some} node={node} />
      ))}
      {rows.map((row) => (
        <figure key={keyOf(row)} className="al-cutting">
          <Picture row={row} />
          <figcaption>
            <b>{row.code}</b> {row.text}
            {row.note && <small>{row.note}</small>}
          </figcaption>
        </figure>
      ))}
    </Section>
  );
}

function Numbers({ rows, node }: { rows: readonly PlanRow[]; node: GraphNode | undefined }) {
  const { t } = useEditor();
  return (
    <table className="al-plan">
      <thead>
        <tr>
          <th scope="col">
            <span className="al-hidden">{t("Quantity")}</span>
          </th>
          {rows.map((row) => (
            <th key={keyOf(row)} scope="col">
              <code>{row.code}</code> <small>{placesOf(row, node).join(", ")}</small>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {QUANTITIES.filter(({ of }) => rows.some((row) => of(row) !== "")).map(({ name, hint, of }) => (
          <tr key={name}>
            <th scope="row" title={hint && t(hint)}>
              {t(name)}
            </th>
            {rows.map((row) => (
              <td key={keyOf(row)}>{of(row)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** No more cells side by side than there is room for. */
function parts(rows: readonly PlanRow[]): PlanRow[][] {
  const most = rows.some((row) => row.deep) ? 3 : 4;
  const tables = Math.ceil(rows.length / most);
  const each = Math.ceil(rows.length / tables);
  return Array.from({ length: tables }, (_, i) => rows.slice(i * each, (i + 1) * each));
}

function keyOf(row: PlanRow): string {
  return `${row.code} ${row.cells}`;
}

const SIDE = 64;
const GAP = 18;
const STEP = 3; // pixels between windows one behind the other

/** The map with its windows, and one window enlarged beside it. */
function Picture({ row }: { row: PlanRow }) {
  const { map, real, deep, window, inside, token } = cuttingOf(row);
  const behind = Math.min(deep, 4) - 1;
  const top = 1 + behind * STEP;
  const left = SIDE + GAP + behind * STEP;
  const px = (part: number) => part * SIDE;
  return (
    <svg viewBox={`0 0 ${left + SIDE + 1} ${top + SIDE + 1}`} width={left + SIDE + 1} role="img" aria-label={row.text}>
      {Array.from({ length: behind }, (_, i) => behind - i).map((i) => (
        <rect
          key={i}
          className="al-cutting-map"
          x={1 + i * STEP}
          y={top - i * STEP}
          width={px(map.width)}
          height={px(map.height)}
        />
      ))}
      <g transform={`translate(1 ${top})`}>
        <rect className="al-cutting-pad" width={px(map.width)} height={px(map.height)} />
        <rect className="al-cutting-map" width={px(real.width)} height={px(real.height)} />
        <Lines grid={map} />
        <rect className="al-cutting-one" width={px(window.width)} height={px(window.height)} />
      </g>
      <path
        className="al-cutting-zoom"
        d={`M${1 + px(window.width)} ${top}L${left} ${top}M${1 + px(window.width)} ${top + px(window.height)}L${left} ${top + px(inside.height)}`}
      />
      <g transform={`translate(${left} ${top})`}>
        <rect className="al-cutting-one" width={px(inside.width)} height={px(inside.height)} />
        <Lines grid={inside} />
        {token && <rect className="al-cutting-token" width={px(token.width)} height={px(token.height)} />}
      </g>
    </svg>
  );
}

function Lines({ grid }: { grid: Grid }) {
  const across = grid.columns.map((x) => `M${x * SIDE} 0v${grid.height * SIDE}`);
  const down = grid.rows.map((y) => `M0 ${y * SIDE}h${grid.width * SIDE}`);
  return <path className="al-cutting-lines" d={[...across, ...down].join("")} />;
}
