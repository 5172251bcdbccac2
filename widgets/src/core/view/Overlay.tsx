/** The overlay switch and its one legend. */
import { useMemo } from "react";
import { OVERLAY_TITLES } from "../a11y.js";
import { isChosen } from "../model/edits.js";
import { isCurrent } from "../model/freshness.js";
import { OVERLAYS, type Overlay, type OverlayName, overlayOf } from "../model/overlay.js";
import { useEditor, useSelect } from "./context.js";

export function useOverlay(): Overlay {
  const name = useSelect((s) => s.overlay);
  const estimate = useSelect((s) => s.picture?.estimate ?? null);
  const profiling = useSelect((s) => s.profiling);
  return useMemo(() => overlayOf(name, estimate, profiling), [name, estimate, profiling]);
}

export function OverlaySwitch() {
  const editor = useEditor();
  const name = useSelect((s) => s.overlay);
  return (
    <label className="al-select">
      <span className="al-hidden">{editor.t("Overlay")}</span>
      <select value={name} onChange={(e) => editor.store.set({ overlay: e.target.value as OverlayName })}>
        {OVERLAYS.map((one) => (
          <option key={one} value={one}>
            {editor.t(OVERLAY_TITLES[one] ?? one)}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Legend() {
  const { t } = useEditor();
  const overlay = useOverlay();
  const current = useSelect((s) => isCurrent(s, s.profiling));
  const empty = overlay.values.size === 0;
  const marks = useMarks();
  const old = overlay.name === "latency" && !empty && !current;
  return (
    <div className="al-legend" data-has-overlay={overlay.name !== "none" || undefined}>
      <span className="al-legend-way" data-way="down">
        <WaySample way="down" /> {t("down")}
      </span>
      <span className="al-legend-way" data-way="up">
        <WaySample way="up" /> {t("up")}
      </span>
      <span className="al-legend-way" data-way="same">
        <WaySample way="same" /> {t("same level")}
      </span>
      {marks.has("off") && (
        <span className="al-legend-way">
          <WaySample way="same" mark="off" /> {t("switched off")}
        </span>
      )}
      {marks.has("added") && (
        <span className="al-legend-way">
          <WaySample way="same" mark="added" /> {t("added link")}
        </span>
      )}
      {marks.has("kind") && (
        <span className="al-legend-way">
          <WaySample way="same" mark="kind" /> {t("kind chosen here")}
        </span>
      )}
      {overlay.name !== "none" && (
        <span className="al-legend-scale">
          <b>{t(OVERLAY_TITLES[overlay.name] ?? "")}</b>
          {empty ? (
            <span>{t(overlay.name === "latency" ? "not measured yet" : "not known yet")}</span>
          ) : (
            <>
              <span>0</span>
              <span className="al-legend-ramp" />
              <span>{overlay.write(overlay.max)}</span>
              {old && <em>{t("measured before the last change")}</em>}
            </>
          )}
        </span>
      )}
    </div>
  );
}

type Mark = "off" | "added" | "kind";

/** Which marks on links there are to explain. */
function useMarks(): ReadonlySet<Mark> {
  const links = useSelect((s) => s.picture?.graph.links);
  const content = useSelect((s) => s.content);
  return useMemo(() => {
    const found = new Set<Mark>();
    for (const link of links ?? []) {
      if (link.off) found.add("off");
      if (!link.derived) found.add("added");
      else if (content.kind === "spec" && isChosen(content.spec, link)) found.add("kind");
    }
    return found;
  }, [links, content]);
}

function WaySample({ way, mark }: { way: "down" | "up" | "same"; mark?: Mark }) {
  return (
    <svg
      className="al-wire"
      data-way={way}
      data-off={mark === "off" || undefined}
      width="30"
      height="12"
      viewBox="0 0 30 12"
      aria-hidden="true"
      focusable="false"
    >
      {mark === "added" && <path className="al-wire-added" d="M1 6h22" />}
      <path className="al-wire-line" d="M1 6h22" />
      {mark === "off" && <path className="al-wire-cross" transform="translate(11 6)" d="M-4 -4l8 8M4 -4l-8 8" />}
      {mark === "kind" && (
        <g className="al-wire-kind" transform="translate(11 6)">
          <circle r={5} />
        </g>
      )}
      <path className="al-wire-head" d="M29 6l-7 -3.5v7z" />
      {way !== "same" && (
        <path
          className="al-wire-sign"
          transform="translate(11 6)"
          d={way === "down" ? "M-4 -2.5h8l-4 5.5z" : "M-4 2.5h8l-4 -5.5z"}
        />
      )}
    </svg>
  );
}
