/** Trains the document briefly and shows curves, features and what each fusion mixes. */
import { useState } from "react";
import { TRAIN_DEFAULTS } from "../../generated/constants.js";
import { capturedText } from "../a11y.js";
import { smoothed } from "../model/curve.js";
import { digits } from "../model/format.js";
import { isCurrent } from "../model/freshness.js";
import { isOver, type RunState, type Training } from "../model/training.js";
import { Chart } from "./Chart.js";
import { useEditor, useSelect } from "./context.js";
import { FusionList } from "./FusionList.js";
import { Icon } from "./Icon.js";
import { DeviceSelect, KernelGate, NumberInput, useBarrier, useJobs } from "./KernelGate.js";
import { SaveWeights } from "./SaveWeights.js";

export function TrainPanel() {
  const { t } = useEditor();
  return (
    <KernelGate purpose={t("Training needs a running kernel.")}>
      <TrainRun />
    </KernelGate>
  );
}

const NUMBERS = [
  { key: "steps", label: "Steps", whole: true },
  { key: "lr", label: "Learning rate", whole: false },
  { key: "batch_size", label: "Batch", whole: true },
  { key: "seed", label: "Seed", whole: true },
] as const;

type Numbers = Record<(typeof NUMBERS)[number]["key"], string>;

const DEFAULTS: Numbers = {
  steps: String(TRAIN_DEFAULTS.steps),
  lr: String(TRAIN_DEFAULTS.lr),
  batch_size: String(TRAIN_DEFAULTS.batch_size),
  seed: String(TRAIN_DEFAULTS.seed),
};

function sound(text: string, whole: boolean, least: number): boolean {
  const value = Number(text);
  return text.trim() !== "" && Number.isFinite(value) && value >= least && (!whole || Number.isInteger(value));
}

function TrainRun() {
  const editor = useEditor();
  const { t } = editor;
  const training = useSelect((s) => s.training);
  const barrier = useBarrier();
  const measuring = useSelect((s) => s.profiling.state === "running");
  const jobs = useJobs();
  const [task, setTask] = useState("");
  const [device, setDevice] = useState<string>(TRAIN_DEFAULTS.device);
  const [numbers, setNumbers] = useState<Numbers>(DEFAULTS);
  const tasks = jobs.tasks ?? [];
  const chosen = tasks.find((one) => one.name === task) ?? tasks[0];
  const least = { steps: 1, lr: 0, batch_size: 1, seed: 0 };
  const fine = NUMBERS.every(({ key, whole }) => sound(numbers[key], whole, least[key]));
  const over = isOver(training.state);
  const start = () =>
    jobs.train({
      ...(chosen ? { task: chosen.name } : {}),
      steps: Number(numbers.steps),
      lr: Number(numbers.lr),
      batch_size: Number(numbers.batch_size),
      seed: Number(numbers.seed),
      device,
    });
  return (
    <div className="al-run">
      {over && (
        <>
          <div className="al-pairs">
            {tasks.length > 0 && (
              <label className="al-pair al-wide">
                <span>{t("Task")}</span>
                <select className="al-input" value={chosen?.name} onChange={(e) => setTask(e.target.value)}>
                  {tasks.map((one) => (
                    <option key={one.name} value={one.name}>
                      {one.title || one.name}
                    </option>
                  ))}
                </select>
              </label>
            )}
            {NUMBERS.map(({ key, label, whole }) => (
              <NumberInput
                key={key}
                label={t(label)}
                value={numbers[key]}
                wrong={!sound(numbers[key], whole, least[key])}
                onChange={(text) => setNumbers({ ...numbers, [key]: text })}
              />
            ))}
            <DeviceSelect value={device} onChange={setDevice} />
          </div>
          {chosen?.description && <p className="al-quiet">{chosen.description}</p>}
        </>
      )}
      <div className="al-add">
        {over ? (
          <button
            type="button"
            className="al-button"
            data-main
            disabled={barrier !== "" || !fine || measuring}
            title={barrier || undefined}
            onClick={start}
          >
            <Icon name="play" /> {training.state === "idle" ? t("Train") : t("Train again")}
          </button>
        ) : (
          <RunButtons training={training} />
        )}
      </div>
      {over && barrier && <p className="al-quiet al-hint">{barrier}</p>}
      {over && measuring && (
        <p className="al-quiet al-hint">
          {t("A profile is being measured; a training beside it would be measured too.")}
        </p>
      )}
      {training.state === "idle" ? (
        <p className="al-quiet al-hint">
          {t("Compiles the document and trains it for a few seconds. Curves appear here, feature maps on the blocks.")}
        </p>
      ) : (
        <Progress training={training} />
      )}
      {training.job && editor.host.abilities.saveWeights && (over || training.state === "paused") && <SaveWeights />}
    </div>
  );
}

function RunButtons({ training }: { training: Training }) {
  const { t, jobs } = useEditor();
  const waiting = !training.job;
  const paused = training.state === "paused";
  return (
    <>
      <button
        type="button"
        className="al-button"
        disabled={waiting}
        onClick={() => jobs.control("train", paused ? "resume" : "pause")}
      >
        <Icon name={paused ? "play" : "pause"} /> {paused ? t("Go on") : t("Pause")}
      </button>
      <button type="button" className="al-button" disabled={!paused} onClick={() => jobs.control("train", "step")}>
        <Icon name="step" /> {t("One step")}
      </button>
      <button type="button" className="al-button" disabled={waiting} onClick={() => jobs.control("train", "stop")}>
        <Icon name="stop" /> {t("Stop")}
      </button>
      <LearningRate now={training.lr} />
    </>
  );
}

/** Takes effect at the next step; the optimiser keeps its state. */
function LearningRate({ now }: { now: number }) {
  const { t, jobs } = useEditor();
  const [typed, setTyped] = useState<string | null>(null);
  const fine = typed === null || sound(typed, false, 0);
  const send = () => {
    if (typed !== null && fine && Number(typed) !== now) void jobs.control("train", "lr", { value: Number(typed) });
    setTyped(null);
  };
  return (
    <label className="al-inline">
      <span>{t("Learning rate")}</span>
      <input
        type="text"
        inputMode="decimal"
        className="al-input"
        aria-invalid={!fine || undefined}
        value={typed ?? String(now)}
        onChange={(e) => setTyped(e.target.value)}
        onBlur={send}
        onKeyDown={(e) => e.key === "Enter" && send()}
      />
    </label>
  );
}

const STATES: Record<RunState, string> = {
  idle: "",
  warming: "warming up",
  running: "running",
  paused: "paused",
  stopped: "stopped",
  finished: "finished",
  failed: "failed",
  lost: "interrupted",
};

function Progress({ training }: { training: Training }) {
  const editor = useEditor();
  const { t } = editor;
  const current = useSelect((s) => isCurrent(s, s.training));
  const shown = useSelect((s) => s.showFeatures);
  const { state, step, steps, loss, testLoss, metrics } = training;
  const others = [...metrics].filter(([name]) => name !== training.metric);
  const first = metrics.get(training.metric);
  const parts = [t(STATES[state]), training.device];
  if (training.imagesPerSecond !== null) parts.push(`${digits(training.imagesPerSecond)} ${t("images/s")}`);
  return (
    <>
      <div className="al-progress-line">
        <progress aria-label={t("Progress of the training")} max={Math.max(1, steps)} value={step} />
        <span>
          {t("step")} <b>{step}</b> / {steps}
        </span>
      </div>
      <p className="al-quiet">{parts.filter(Boolean).join(" · ")}</p>
      {!current && <p className="al-quiet al-hint">{t("This is the document as it was when the training began.")}</p>}
      {training.message && (state === "failed" || state === "lost") && (
        <p className="al-failed" role="alert">
          {training.failedNode && <b>{training.failedNode}: </b>}
          {training.message} {training.hint}
        </p>
      )}
      <Chart
        title={t("Loss")}
        steps={steps}
        series={[
          { name: t("training, smoothed"), points: smoothed(loss), tone: 0 },
          { name: t("held out"), points: testLoss, tone: 1 },
        ]}
      />
      <Chart
        title={t("Held out")}
        steps={steps}
        unit={[0, 1]}
        series={[
          ...(first ? [{ name: t(training.metric), points: first, tone: 2 }] : []),
          ...others.slice(0, 2).map(([name, points], i) => ({ name: t(name), points, tone: 3 + i })),
        ]}
      />
      {training.note && <p className="al-quiet">{training.note}</p>}
      {training.features.size > 0 && (
        <label className="al-toggle">
          <input
            type="checkbox"
            checked={shown}
            onChange={(e) => editor.store.set({ showFeatures: e.target.checked })}
          />
          <span>
            {t("Feature maps on the blocks")} <small>{capturedText(t, training.capturedAt)}</small>
          </span>
        </label>
      )}
      <FusionList training={training} />
    </>
  );
}
