import { YFile } from "@jupyter/ydoc";
import { beforeEach, expect, test, vi } from "vitest";

import type { Spec } from "../../src/core/model/spec.js";
import { difference, LabDocument } from "../../src/lab/document.js";

const quiet = { connect: () => true, disconnect: () => true };
const spec = (cells: string): Spec => ({ format: "archlab/1", name: "n", cells });

let file: YFile;
let document: LabDocument;

function open(text: string): void {
  file = YFile.create();
  file.setSource(text);
  file.clearUndoHistory();
  document = new LabDocument({
    model: { sharedModel: file, readOnly: false },
    pathChanged: quiet,
    path: "folder/my.arch.json",
    localPath: "folder/my.arch.json",
    contentsModel: { writable: true },
  } as never);
}

beforeEach(() => open('{"format": "archlab/1", "name": "n", "cells": "C2"}'));

test("opening writes nothing", () => {
  expect(document.get()).toEqual({ kind: "spec", spec: spec("C2") });
  expect(file.getSource()).toBe('{"format": "archlab/1", "name": "n", "cells": "C2"}');
  expect(file.dirty).toBe(false);
  expect(document.name).toBe("my.arch.json");
});

test("every change without a gesture is one undo step, however quick", () => {
  const before = file.getSource();
  document.set({ kind: "spec", spec: spec("T1") }, { label: "a" });
  document.set({ kind: "spec", spec: spec("L1") }, { label: "b" });
  document.history.undo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("T1") });
  document.history.undo();
  expect(file.getSource()).toBe(before);
  expect(document.history.canUndo).toBe(false);
  document.history.redo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("T1") });
});

test("one gesture is one undo step, the next one another", () => {
  for (const cells of ["T", "T1", "T1L"])
    document.set({ kind: "spec", spec: spec(cells) }, { label: "typed", gesture: "B00" });
  document.set({ kind: "spec", spec: spec("G1") }, { label: "typed", gesture: "B01" });
  document.history.undo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("T1L") });
  document.history.undo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("C2") });
});

test("a slow gesture is one undo step too", () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const cells of ["T", "T1", "T1L"]) {
    document.set({ kind: "spec", spec: spec(cells) }, { label: "typed", gesture: "B00" });
    vi.setSystemTime(Date.now() + 5000);
  }
  document.history.undo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("C2") });
  vi.useRealTimers();
});

test("loading a file is no step, and a second view takes none away", () => {
  const context = { ...(document as unknown as { context: object }).context };
  const fresh = YFile.create();
  fresh.transact(() => fresh.setSource("{}"));
  const shown = { ...context, model: { sharedModel: fresh, readOnly: false, dirty: false } };
  const first = new LabDocument(shown as never);
  expect(first.history.canUndo).toBe(false);
  first.set({ kind: "spec", spec: spec("T1") }, { label: "a" });
  new LabDocument(shown as never);
  expect(first.history.canUndo).toBe(true);
});

test("a gesture does not go on after undo", () => {
  document.set({ kind: "spec", spec: spec("T1") }, { label: "typed", gesture: "B00" });
  document.history.undo();
  document.set({ kind: "spec", spec: spec("L1") }, { label: "typed", gesture: "B00" });
  document.set({ kind: "spec", spec: spec("G1") }, { label: "other" });
  document.history.undo();
  expect(document.get()).toEqual({ kind: "spec", spec: spec("L1") });
});

test("own and foreign changes are told, changes of state are not", () => {
  const told = vi.fn();
  const stop = document.onChange(told);
  document.set({ kind: "spec", spec: spec("T1") }, { label: "a" });
  expect(told).toHaveBeenCalledTimes(1);
  file.setSource("broken");
  expect(told).toHaveBeenCalledTimes(2);
  expect(document.get()).toEqual({ kind: "text", text: "broken" });
  file.dirty = false;
  expect(told).toHaveBeenCalledTimes(2);
  stop();
  file.setSource("{}");
  expect(told).toHaveBeenCalledTimes(2);
});

test("text that was mended becomes a document without being written again", () => {
  document.set({ kind: "text", text: '{\n  "format": "archlab/1"\n}\n' }, { label: "typed", gesture: "repair" });
  const text = file.getSource();
  document.set({ kind: "spec", spec: { format: "archlab/1" } }, { label: "opened" });
  expect(document.get().kind).toBe("spec");
  expect(file.getSource()).toBe(text);
});

test("setting what is there changes nothing", () => {
  document.set({ kind: "spec", spec: spec("T1") }, { label: "a" });
  file.dirty = false;
  document.set({ kind: "spec", spec: spec("T1") }, { label: "b" });
  expect(file.dirty).toBe(false);
});

test.each([
  ["abc", "abc"],
  ["abc", "abXc"],
  ["aaa", "aa"],
  ["", "x"],
  ["x", ""],
  ["a\u{1F600}b", "a\u{1F601}b"],
  ["\u{1F600}", "\u{1F500}"],
  ["abcabc", "abc"],
])("the difference turns %j into %j", (before, after) => {
  const [start, end, text] = difference(before, after);
  expect(before.slice(0, start) + text + before.slice(end)).toBe(after);
  for (const part of [before.slice(0, start), text, before.slice(end)])
    expect(() => encodeURIComponent(part)).not.toThrow();
});
