/** What each fusion mixes: one bar per fusion, one part per incoming link. */
import { capturedText } from "../a11y.js";
import { percent } from "../model/format.js";
import type { Training } from "../model/training.js";
import { useEditor } from "./context.js";

export function FusionList({ training }: { training: Training }) {
  const editor = useEditor();
  const { t } = editor;
  if (training.shares.size === 0) return null;
  return (
    <section className="al-section" aria-label={t("Fusions")}>
      <h3>
        {t("What each fusion mixes")}
        <small>{capturedText(t, training.capturedAt)}</small>
      </h3>
      <p className="al-quiet">
        {t("Share of the mixed signal that each input carries; hatched = it cancels others. Not importance.")}
      </p>
      <ul className="al-fusions">
        {[...training.shares].map(([node, { view, links }]) => {
          const sum = links.reduce((total, l) => total + Math.abs(l.share ?? 0), 0);
          return (
            <li key={node}>
              <button type="button" className="al-link" onClick={() => editor.select({ kind: "nodes", ids: [node] })}>
                {node}
              </button>
              <span
                className="al-mix"
                role="img"
                aria-label={links.map((l) => `${l.id.split(">")[0]} ${percent(l.share)}`).join(", ")}
              >
                {links.map((l, index) => (
                  <i
                    key={l.id}
                    data-tone={index % 4}
                    data-negative={(l.share ?? 0) < 0 || undefined}
                    style={{ flexGrow: sum > 0 ? Math.abs(l.share ?? 0) / sum : 0 }}
                    title={`${l.id}: ${percent(l.share)}`}
                  />
                ))}
              </span>
              <small>
                {links.map((l, index) => (
                  <span key={l.id}>
                    <i data-tone={index % 4} data-negative={(l.share ?? 0) < 0 || undefined} />
                    {l.id.split(">")[0]} {percent(l.share)}
                  </span>
                ))}
                {view === "energy" && <span>{t("by energy")}</span>}
              </small>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
