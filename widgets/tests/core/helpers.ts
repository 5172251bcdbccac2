import { type Answer, MemoryHost, type MemoryHostOptions } from "../../src/core/memory-host.js";
import type { CheckReply, JsonObject, Spec } from "../../src/core/model/spec.js";
import answers from "./answers.json";

export const SPEC = answers.spec as unknown as Spec;
export const GOOD = answers.good as unknown as CheckReply;
export const BAD = answers.bad as unknown as CheckReply;
export const UNREADABLE = answers.unreadable as unknown as CheckReply;

/** Answers as the other side would; `check` gives what `reply` says, at once. */
export function answering(reply: (payload: JsonObject) => CheckReply = () => GOOD): Answer {
  return (op, payload) => {
    if (op === "catalog") return answers.catalog;
    if (op === "templates") return answers.templates;
    if (op === "check") return { ...reply(payload), rev: payload.rev };
    if (op === "read") return { spec: null, diagnostics: UNREADABLE.diagnostics };
    if (op === "devices") return [{ id: "cpu", name: "A processor", memory: null }];
    if (op === "tasks") return [{ name: "t", title: "A task", description: "Learns something." }];
    return null;
  };
}

export function hostOf(options: MemoryHostOptions = {}): MemoryHost {
  return new MemoryHost({ content: { kind: "spec", spec: SPEC }, answer: answering(), ...options });
}

/** Lets promises that are ready go on. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await new Promise((resolve) => setTimeout(resolve));
}
