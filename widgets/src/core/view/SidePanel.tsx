/** Properties, problems, outline, profile and training as tabs beside the canvas. */
import { type KeyboardEvent, useId } from "react";
import { worst } from "../a11y.js";
import type { Panel } from "../state.js";
import { useEditor, useSelect } from "./context.js";
import { Inspector } from "./Inspector.js";
import { Outline } from "./Outline.js";
import { Problems } from "./Problems.js";
import { ProfilePanel } from "./ProfilePanel.js";
import { TrainPanel } from "./TrainPanel.js";

const TABS: { id: Panel; label: string; body: () => JSX.Element }[] = [
  { id: "inspect", label: "Edit", body: Inspector },
  { id: "problems", label: "Problems", body: Problems },
  { id: "outline", label: "Outline", body: Outline },
  { id: "profile", label: "Profile", body: ProfilePanel },
  { id: "train", label: "Train", body: TrainPanel },
];

export function SidePanel() {
  const editor = useEditor();
  const { t } = editor;
  const panel = useSelect((s) => s.panel);
  const problems = useSelect((s) => s.diagnostics);
  const id = useId();
  const runs = useSelect((s) => s.training.state === "running" || s.training.state === "warming");
  const tab = TABS.find((one) => one.id === panel) ?? TABS[0];
  if (!tab) return null;
  const Body = tab.body;
  const keyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length];
    if (!next) return;
    editor.openPanel(next.id);
    (event.currentTarget.querySelector(`[data-tab="${next.id}"]`) as HTMLElement | null)?.focus();
    event.preventDefault();
  };
  return (
    <aside className="al-side" aria-label={t("Side panel")}>
      <div className="al-tabs" role="tablist" tabIndex={-1} aria-label={t("Panels")} onKeyDown={keyDown}>
        {TABS.map((one) => (
          <button
            key={one.id}
            type="button"
            role="tab"
            data-tab={one.id}
            aria-selected={one.id === panel}
            aria-controls={id}
            tabIndex={one.id === panel ? 0 : -1}
            onClick={() => editor.openPanel(one.id)}
          >
            {t(one.label)}
            {one.id === "problems" && problems.length > 0 && (
              <span className="al-count" data-tone={worst(problems) || undefined}>
                {problems.length}
              </span>
            )}
            {one.id === "train" && runs && <span className="al-pulse" aria-hidden="true" />}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a panel that scrolls must be reachable by keyboard. */}
      <div className="al-panel" id={id} role="tabpanel" aria-label={t(tab.label)} tabIndex={0}>
        {panel !== "inspect" && <h2 className="al-hidden">{t(tab.label)}</h2>}
        <Body />
      </div>
    </aside>
  );
}
