/** A file that is no document: its text, what is wrong with it, and nothing rewritten until the user asks. */
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { Diagnostic, ReadReply, Spec } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";

interface Reading {
  text: string;
  spec: Spec | null;
  diagnostics: Diagnostic[];
}

export function Repair() {
  const editor = useEditor();
  const { t, host } = editor;
  const content = useSelect((s) => s.content);
  const status = useSelect((s) => s.status);
  const [reading, setReading] = useState<Reading | null>(null);
  const visit = useRef(0);
  const id = useId();
  const text = useMemo(
    () =>
      content.kind === "text" ? content.text : content.kind === "spec" ? JSON.stringify(content.spec, null, 2) : "",
    [content],
  );

  useEffect(() => {
    if (status.check === "absent") return;
    let alive = true;
    host.request<ReadReply>("read", { text }).then(
      (answer) => alive && setReading({ text, ...answer }),
      (error: unknown) => alive && editor.fail(error),
    );
    return () => {
      alive = false;
    };
  }, [text, host, status.check, editor]);

  const fresh = reading?.text === text ? reading : null;
  // JSON that reads as a document, but of which no lattice can be drawn: the check knows why.
  const checked = useSelect((s) => s.diagnostics);
  const drawable = content.kind !== "spec";
  const found = drawable ? (reading?.diagnostics ?? []) : checked;
  const sound = drawable ? (fresh?.spec ?? null) : null;
  return (
    <div className="al-repair">
      <div className="al-repair-head">
        <h2>
          {!drawable
            ? t("This document cannot be drawn")
            : sound
              ? t("This is a document again")
              : t("This file is not a document yet")}
        </h2>
        <p className="al-quiet">{t("Nothing is changed in it until you change it here.")}</p>
        <div className="al-add">
          <button
            type="button"
            className="al-button"
            data-main={sound ? true : undefined}
            disabled={!sound}
            onClick={() => sound && editor.replace({ kind: "spec", spec: sound }, { label: t("Opened as a document") })}
          >
            {t("Open as a document")}
          </button>
          <button type="button" className="al-button" onClick={() => editor.store.set({ choosing: true })}>
            {t("Start from a template instead")}
          </button>
        </div>
      </div>
      <div className="al-repair-body">
        <div className="al-repair-text">
          <label htmlFor={id}>{t("Text of the file")}</label>
          <textarea
            id={id}
            spellCheck={false}
            readOnly={host.document.readOnly}
            value={text}
            onFocus={() => {
              visit.current++;
            }}
            onChange={(e) =>
              editor.replace(
                { kind: "text", text: e.target.value },
                { label: t("Edited the text"), gesture: `repair#${visit.current}` },
              )
            }
          />
        </div>
        <section aria-label={t("What is wrong")}>
          <h3>{t("What is wrong")}</h3>
          {found.length === 0 && (
            <p className="al-quiet">
              {status.check === "absent"
                ? t("Nobody is here to check the text.")
                : fresh
                  ? t("Nothing any more.")
                  : t("Reading …")}
            </p>
          )}
          <ul className="al-problems">
            {found.map((one, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two diagnostics may be the same word for word.
              <li key={index} className="al-problem" data-severity={one.severity}>
                <span className="al-problem-where">
                  {one.path}
                  <small>{one.code}</small>
                </span>
                <span className="al-problem-text">{one.message}</span>
                {one.hint && <span className="al-problem-hint">{one.hint}</span>}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
}
