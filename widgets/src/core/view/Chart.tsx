/** Curves over steps as SVG: at most a few hundred points each, axes with round numbers. */
import { curveMonotoneX, line } from "d3-shape";
import { extent, sampled, ticks } from "../model/curve.js";
import { digits } from "../model/format.js";
import type { Point } from "../model/training.js";

export interface Series {
  name: string;
  points: readonly Point[];
  /** Index of the line's style. */
  tone: number;
  faint?: boolean;
}

const WIDTH = 320;
const HEIGHT = 132;
const PAD = { left: 40, right: 10, top: 10, bottom: 20 };

export function Chart({
  title,
  series,
  steps,
  unit,
}: {
  title: string;
  series: readonly Series[];
  steps: number;
  unit?: [number, number];
}) {
  const shown = series.filter((s) => s.points.length > 0);
  if (shown.length === 0) return null;
  const [low, high] = unit ?? extent(shown.flatMap((s) => s.points.map((p) => p.value)));
  const last = Math.max(steps, 1);
  const x = (step: number) => PAD.left + ((WIDTH - PAD.left - PAD.right) * step) / last;
  const y = (value: number) =>
    HEIGHT - PAD.bottom - ((HEIGHT - PAD.top - PAD.bottom) * (value - low)) / (high - low || 1);
  const draw = line<Point>(
    (p) => x(p.step),
    (p) => y(p.value),
  ).curve(curveMonotoneX);
  const summary = shown.map((s) => `${s.name} ${digits(s.points.at(-1)?.value ?? 0)}`).join(", ");
  return (
    <figure className="al-chart">
      <figcaption>
        {title}
        {shown.map((s) => (
          <span key={s.name} data-tone={s.tone}>
            <i aria-hidden="true" /> {s.name} <b>{digits(s.points.at(-1)?.value ?? 0)}</b>
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${summary}`}>
        {ticks(low, high, 4).map((value) => (
          <g key={value}>
            <line className="al-chart-grid" x1={PAD.left} x2={WIDTH - PAD.right} y1={y(value)} y2={y(value)} />
            <text x={PAD.left - 5} y={y(value)} dy="0.32em" textAnchor="end">
              {digits(Number(value.toPrecision(6)))}
            </text>
          </g>
        ))}
        {ticks(0, last, 4).map((step) => (
          <text key={step} x={x(step)} y={HEIGHT - 6} textAnchor="middle">
            {step}
          </text>
        ))}
        {shown.map((s) => (
          <path
            key={s.name}
            className="al-chart-line"
            data-tone={s.tone}
            data-faint={s.faint || undefined}
            d={draw(sampled(s.points, 240)) ?? ""}
          />
        ))}
        {shown.map((s) => {
          const end = s.points.at(-1);
          return (
            end && (
              <circle
                key={s.name}
                className="al-chart-end"
                data-tone={s.tone}
                cx={x(end.step)}
                cy={y(end.value)}
                r={2.5}
              />
            )
          );
        })}
      </svg>
    </figure>
  );
}
