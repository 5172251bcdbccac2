/** Shows what needs a kernel, or says why there is none and what to do. */
import { type ReactNode, useEffect, useReducer } from "react";
import type { Jobs } from "../jobs.js";
import { useEditor, useSelect } from "./context.js";

export function KernelGate({ purpose, children }: { purpose: string; children: ReactNode }) {
  const { t, host } = useEditor();
  const status = useSelect((s) => s.status);
  if (status.kernel === "none") {
    return (
      <div className="al-empty">
        <p>{t("No kernel here.")}</p>
        <p className="al-quiet">{status.message || purpose}</p>
      </div>
    );
  }
  return (
    <>
      {status.kernel === "stopped" && (
        <p className="al-quiet al-hint">{t("A kernel starts with the first run; that takes a few seconds.")}</p>
      )}
      {status.kernel === "starting" && <p className="al-quiet al-hint">{t("The kernel is starting …")}</p>}
      {(status.kernel === "dead" || status.kernel === "lacking") && host.reconnect && (
        <p className="al-quiet al-hint">{t("Reconnect to go on; what you see below is from before.")}</p>
      )}
      {children}
    </>
  );
}

export function useJobs(): Jobs {
  const { jobs } = useEditor();
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => jobs.onChange(again), [jobs]);
  return jobs;
}

/** Why nothing can be run now, in a sentence; empty when it can. */
export function useBarrier(): string {
  const { t } = useEditor();
  const kernel = useSelect((s) => s.status.kernel);
  const broken = useSelect((s) => s.diagnostics.some((d) => d.severity === "error"));
  const unanswered = useSelect((s) => s.status.check !== "absent" && s.checkedRev === 0);
  if (kernel === "dead" || kernel === "lacking") return t("The kernel cannot run anything now.");
  if (unanswered) return t("The document is being checked; this takes a moment.");
  return broken ? t("Solve the errors first; see Problems.") : "";
}

export function DeviceSelect({ value, onChange }: { value: string; onChange(device: string): void }) {
  const { t } = useEditor();
  const { devices } = useJobs();
  return (
    <label className="al-pair">
      <span>{t("Device")}</span>
      <select className="al-input" value={value} onChange={(e) => onChange(e.target.value)}>
        <option value="auto">{t("automatic")}</option>
        {(devices ?? []).map((device) => (
          <option key={device.id} value={device.id}>
            {device.name || device.id}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A number typed as text; the last sound value counts. */
export function NumberInput(props: { label: string; value: string; wrong?: boolean; onChange(text: string): void }) {
  return (
    <label className="al-pair">
      <span>{props.label}</span>
      <input
        type="text"
        inputMode="decimal"
        className="al-input"
        aria-invalid={props.wrong || undefined}
        value={props.value}
        onChange={(e) => props.onChange(e.target.value)}
      />
    </label>
  );
}
