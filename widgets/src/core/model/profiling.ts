/** State of a profiling run, folded from its events. Pure. */
import type { Profile } from "../../generated/types";
import type { JobEvent } from "../host.js";
import { isObject } from "./json.js";

export interface Profiling {
  state: "idle" | "running" | "done" | "failed" | "stopped" | "lost";
  job: string;
  /** Revision of this page at the start, -1 for a run of an earlier page; and what names its document. */
  rev: number;
  digest: string;
  stage: string;
  done: number;
  total: number;
  deviceName: string;
  /** Median milliseconds of nodes and links. */
  times: ReadonlyMap<string, { p50: number; p95: number }>;
  profile: Profile | null;
  message: string;
  hint: string;
}

export const NO_PROFILING: Profiling = {
  state: "idle",
  job: "",
  rev: -1,
  digest: "",
  stage: "",
  done: 0,
  total: 0,
  deviceName: "",
  times: new Map(),
  profile: null,
  message: "",
  hint: "",
};

export function reduceProfiling(now: Profiling, event: JobEvent): Profiling {
  switch (event.type) {
    case "job":
      return { ...now, job: String(event.job ?? ""), digest: String(event.digest ?? "") };
    case "profile_started":
      return {
        ...now,
        state: "running",
        deviceName: String(event.device_name ?? ""),
        total: Array.isArray(event.stages) ? event.stages.length : 0,
      };
    case "progress":
      return {
        ...now,
        stage: String(event.stage ?? ""),
        done: Number(event.done ?? 0),
        total: Number(event.total ?? now.total),
      };
    case "node_measured": {
      const times = new Map(now.times);
      times.set(String(event.id), { p50: Number(event.p50_ms), p95: Number(event.p95_ms) });
      return { ...now, times };
    }
    case "profile_finished":
      return isObject(event.profile) ? finished(now, event.profile as unknown as Profile) : now;
    case "profile_failed":
    case "failed":
      return {
        ...now,
        state: event.reason === "stopped" ? "stopped" : "failed",
        message: String(event.message ?? ""),
        hint: String(event.hint ?? ""),
      };
    default:
      return now;
  }
}

function finished(now: Profiling, profile: Profile): Profiling {
  const times = new Map(now.times);
  for (const part of [...profile.nodes, ...profile.links]) times.set(part.id, { p50: part.p50_ms, p95: part.p95_ms });
  return { ...now, state: "done", profile, times, deviceName: profile.device_name };
}
