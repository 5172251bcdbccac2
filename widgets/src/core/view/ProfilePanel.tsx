/** Measures the document on a device and puts the measurements beside the estimates. */
import { Fragment, useState } from "react";
import { PROFILE_DEFAULTS } from "../../generated/constants.js";
import type { Profile } from "../../generated/types";
import { bytes, count, digits, durations, exact } from "../model/format.js";
import { isCurrent } from "../model/freshness.js";
import { isOver } from "../model/training.js";
import { useEditor, useSelect } from "./context.js";
import { Icon } from "./Icon.js";
import { DeviceSelect, KernelGate, NumberInput, useBarrier } from "./KernelGate.js";

export function ProfilePanel() {
  const { t } = useEditor();
  return (
    <KernelGate purpose={t("Measuring needs a running kernel.")}>
      <ProfileRun />
    </KernelGate>
  );
}

function ProfileRun() {
  const editor = useEditor();
  const { t, jobs } = editor;
  const profiling = useSelect((s) => s.profiling);
  const current = useSelect((s) => isCurrent(s, s.profiling));
  const barrier = useBarrier();
  const training = useSelect((s) => !isOver(s.training.state));
  const [device, setDevice] = useState<string>(PROFILE_DEFAULTS.device);
  const [batch, setBatch] = useState(String(PROFILE_DEFAULTS.batch));
  const size = Number(batch);
  const sound = Number.isInteger(size) && size > 0;
  const running = profiling.state === "running";
  return (
    <div className="al-run">
      <div className="al-pairs">
        <DeviceSelect value={device} onChange={setDevice} />
        <NumberInput label={t("Batch")} value={batch} wrong={!sound} onChange={setBatch} />
      </div>
      <div className="al-add">
        {running ? (
          <button
            type="button"
            className="al-button"
            disabled={!profiling.job}
            onClick={() => jobs.control("profile", "stop")}
          >
            <Icon name="stop" /> {t("Stop")}
          </button>
        ) : (
          <button
            type="button"
            className="al-button"
            data-main
            disabled={barrier !== "" || !sound || training}
            title={barrier || undefined}
            onClick={() => jobs.profile(device, size)}
          >
            <Icon name="play" /> {t("Profile")}
          </button>
        )}
      </div>
      {running && (
        <div className="al-progress-line">
          <progress
            aria-label={t("Progress of the profile")}
            max={Math.max(1, profiling.total)}
            value={profiling.done}
          />
          <span className="al-quiet">
            {profiling.stage ? profiling.stage.replaceAll("_", " ") : t("building the network")}
          </span>
        </div>
      )}
      {barrier && !running && <p className="al-quiet al-hint">{barrier}</p>}
      {training && !running && (
        <p className="al-quiet al-hint">{t("A training is under way and would be measured too; stop it first.")}</p>
      )}
      {(profiling.state === "failed" || profiling.state === "lost") && (
        <p className="al-failed" role="alert">
          {profiling.message} {profiling.hint}
        </p>
      )}
      {profiling.profile && (
        <>
          {!current && <p className="al-quiet al-hint">{t("The document has changed since this was measured.")}</p>}
          <Results profile={profiling.profile} />
        </>
      )}
      {profiling.state === "idle" && (
        <p className="al-quiet al-hint">
          {t("Runs the network on the device and measures time and memory, for the whole and for each block.")}
        </p>
      )}
    </div>
  );
}

function Results({ profile }: { profile: Profile }) {
  const { t } = useEditor();
  const { latency, memory } = profile;
  const macs = profile.cross_check[0]?.macs;
  const flops = macs == null ? null : 2 * macs;
  const unknown = t("not measured");
  const time = durations([latency.p50_ms, latency.p95_ms]);
  const bracket =
    memory?.predicted_low != null && memory.predicted_high != null
      ? `${bytes(memory.predicted_low)} … ${bytes(memory.predicted_high)}`
      : "";
  return (
    <div className="al-results">
      <p>
        <b>{profile.device_name}</b>{" "}
        <span className="al-quiet">
          {profile.dtype} · {t("batch")} {profile.batch}
          {profile.threads ? ` · ${profile.threads} ${t("threads")}` : ""}
        </span>
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <span className="al-hidden">{t("Quantity")}</span>
            </th>
            <th scope="col">{t("Measured")}</th>
            <th scope="col">{t("Estimate")}</th>
          </tr>
        </thead>
        <tbody>
          <Row name={t("Latency p50")} measured={time(latency.p50_ms)} />
          <Row
            name={t("Latency p95")}
            measured={time(latency.p95_ms)}
            note={`${latency.n} ${t("runs")}${latency.unstable ? `, ${t("unstable")}` : ""}`}
          />
          <Row name={t("Throughput")} measured={`${digits(profile.throughput)} ${t("images/s")}`} />
          <Row
            name={t("Compute")}
            measured={flops !== null ? `${count((flops * profile.batch) / (latency.p50_ms / 1000))}FLOP/s` : unknown}
            estimate={count(flops)}
            unit="FLOPs"
          />
          <Row
            name={t("Peak memory, inference")}
            measured={memory?.inference_bytes != null ? bytes(memory.inference_bytes) : unknown}
          />
          <Row
            name={t("Peak memory, training")}
            measured={memory?.training_bytes != null ? bytes(memory.training_bytes) : unknown}
            estimate={bracket}
          />
        </tbody>
      </table>
      <Slowest profile={profile} />
      {profile.cross_check.length > 0 && (
        <>
          <h3>{t("Counted by others")}</h3>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("Tool")}</th>
                <th scope="col">{t("Parameters")}</th>
                <th scope="col">{t("MACs")}</th>
              </tr>
            </thead>
            <tbody>
              {profile.cross_check.map((row) => (
                <Fragment key={row.tool}>
                  <tr data-joined={row.blind_to ? true : undefined}>
                    <th scope="row">{row.tool}</th>
                    <td title={exact(row.params)}>{count(row.params)}</td>
                    <td title={exact(row.macs)}>{count(row.macs)}</td>
                  </tr>
                  {row.blind_to && (
                    <tr>
                      <td colSpan={3} className="al-blind">
                        {row.blind_to}
                      </td>
                    </tr>
                  )}
                </Fragment>
              ))}
            </tbody>
          </table>
        </>
      )}
      {[...new Set([...profile.notes, ...(memory?.notes ?? [])])].map((note) => (
        <p key={note} className="al-quiet">
          {note}
        </p>
      ))}
    </div>
  );
}

function Row({
  name,
  measured,
  estimate = "",
  unit = "",
  note = "",
}: {
  name: string;
  measured: string;
  estimate?: string;
  unit?: string;
  note?: string;
}) {
  return (
    <tr>
      <th scope="row">
        {name}
        {note && <small>{note}</small>}
      </th>
      <td>{measured}</td>
      <td>{estimate && `${estimate} ${unit}`}</td>
    </tr>
  );
}

function Slowest({ profile }: { profile: Profile }) {
  const editor = useEditor();
  const { t } = editor;
  const nodes = [...profile.nodes].sort((a, b) => b.p50_ms - a.p50_ms).slice(0, 5);
  const most = nodes[0]?.p50_ms ?? 0;
  const time = durations([most]);
  if (nodes.length === 0 || most === 0) return null;
  return (
    <>
      <h3>{t("Slowest nodes")}</h3>
      <ul className="al-bars">
        {nodes.map((node) => (
          <li key={node.id}>
            <button type="button" className="al-link" onClick={() => editor.select({ kind: "nodes", ids: [node.id] })}>
              {node.id}
            </button>
            <span className="al-bar">
              <i style={{ width: `${(100 * node.p50_ms) / most}%` }} />
            </span>
            <span>{time(node.p50_ms)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
