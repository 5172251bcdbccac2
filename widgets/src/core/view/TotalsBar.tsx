/** What the whole document costs, what the last change did to that, and how fresh the numbers are. */
import { problemCount, say, worst } from "../a11y.js";
import { bytes, count, exact, milliseconds, shape, signed } from "../model/format.js";
import { isChecked, isCurrent } from "../model/freshness.js";
import { totalsOf } from "../model/overlay.js";
import { useEditor, useSelect } from "./context.js";

export function TotalsBar() {
  const editor = useEditor();
  const { t } = editor;
  const picture = useSelect((s) => s.picture);
  const delta = useSelect((s) => s.delta);
  const rev = useSelect((s) => s.rev);
  const problems = useSelect((s) => s.diagnostics);
  const measured = useSelect((s) => isCurrent(s, s.profiling));
  const checked = useSelect(isChecked);
  const profiling = useSelect((s) => s.profiling);
  const status = useSelect((s) => s.status);
  const totals = totalsOf(picture?.estimate ?? null);
  const stale = picture !== null && picture.rev !== rev;
  const outputs = picture?.estimate?.outputs ?? [];
  const latency = profiling.profile?.latency ?? null;
  return (
    <div className="al-totals" data-stale={stale || undefined}>
      <button
        type="button"
        className="al-status"
        data-tone={worst(problems) || (checked ? undefined : "unknown")}
        onClick={() => editor.openPanel("problems")}
      >
        {problems.length === 0 && !checked ? t("Not checked yet") : problemCount(t, problems)}
      </button>
      <dl>
        <Figure name={t("Parameters")} value={totals?.params} change={stale ? null : delta?.params} write={count} />
        <Figure name={t("MACs")} value={totals?.macs} change={stale ? null : delta?.macs} write={count} />
        <Figure name={t("FLOPs")} title={t("2 × MACs")} value={totals?.flops} change={null} write={count} />
        <Figure
          name={t("Activations")}
          title={t("Bytes kept for the backward pass, one sample")}
          value={totals?.memory}
          change={stale ? null : delta?.memory}
          write={bytes}
        />
        {latency && (
          <div title={profiling.deviceName}>
            <dt>{t("Latency (p50)")}</dt>
            <dd data-stale={!measured || undefined}>{milliseconds(latency.p50_ms)}</dd>
          </div>
        )}
        {outputs.length > 0 && (
          <div className="al-outputs" title={outputs.map((o) => `${o.name}: ${shape(o.shape)}`).join("\n")}>
            <dt>{t("Outputs")}</dt>
            <dd>{outputs.length}</dd>
          </div>
        )}
      </dl>
      <span className="al-space" />
      {stale && <span className="al-asof">{say(t, "numbers as of revision {n}", { n: picture.rev })}</span>}
      {status.kernel !== "none" && <KernelState />}
    </div>
  );
}

const KERNEL: Record<string, string> = {
  stopped: "kernel starts when needed",
  starting: "kernel starts …",
  ready: "kernel ready",
  lacking: "archlab missing in the kernel",
  dead: "kernel gone",
};

function KernelState() {
  const { t } = useEditor();
  const status = useSelect((s) => s.status);
  return (
    <span className="al-kernel" data-state={status.kernel} title={status.message || undefined}>
      <i aria-hidden="true" />
      {t(KERNEL[status.kernel] ?? "")}
    </span>
  );
}

interface FigureProps {
  name: string;
  title?: string;
  value: number | null | undefined;
  change: number | null | undefined;
  write(value: number | null | undefined): string;
}

function Figure({ name, title, value, change, write }: FigureProps) {
  const text = change ? signed(change, write) : "";
  return (
    <div title={[title, exact(value)].filter(Boolean).join(": ")}>
      <dt>{name}</dt>
      <dd>
        {write(value)}
        {text && <ins data-more={(change ?? 0) > 0 || undefined}>{text}</ins>}
      </dd>
    </div>
  );
}
