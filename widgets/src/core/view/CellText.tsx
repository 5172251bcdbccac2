/** A cell string as text: kept as typed, each wrong character marked, reasons and remedies below it. */
import { forwardRef, useId, useImperativeHandle, useLayoutEffect, useRef } from "react";
import type { Diagnostic } from "../model/spec.js";
import { useEditor } from "./context.js";

export interface CellTextHandle {
  focus(): void;
}

interface Props {
  label: string;
  text: string;
  /** Name of what is edited, for the caret and for gestures: a block, a link, or the path of an entry of `cells`. */
  owner: string;
  problems: readonly Diagnostic[];
  placeholder?: string;
  disabled?: boolean;
  onChange(text: string, gesture: string): void;
}

export const CellText = forwardRef<CellTextHandle, Props>(function CellText(props, ref) {
  const { label, text, owner, problems, onChange } = props;
  const editor = useEditor();
  const input = useRef<HTMLInputElement>(null);
  const marks = useRef<HTMLDivElement>(null);
  const visit = useRef(0);
  const id = useId();
  useImperativeHandle(ref, () => ({
    focus() {
      input.current?.focus();
      input.current?.select();
    },
  }));
  // A palette click moves the caret behind what it inserted.
  const caret = editor.state.caret;
  useLayoutEffect(() => {
    if (caret?.node !== owner || document.activeElement !== input.current) return;
    input.current?.setSelectionRange(caret.start, caret.end);
  }, [caret, owner]);
  const remember = () => {
    const element = input.current;
    if (!element) return;
    const start = element.selectionStart ?? text.length;
    const end = element.selectionEnd ?? start;
    const before = editor.state.caret;
    if (before?.node === owner && before.start === start && before.end === end) return;
    editor.store.set({ caret: { node: owner, start, end } });
  };
  const wrong = problems.some((p) => p.severity === "error");
  return (
    <div className="al-celltext" data-wrong={wrong || undefined}>
      <div className="al-celltext-box">
        <div className="al-celltext-marks" ref={marks} aria-hidden="true">
          {pieces(text, problems).map((piece) => (
            <span key={piece.start} data-severity={piece.severity || undefined}>
              {piece.text}
            </span>
          ))}
        </div>
        <input
          ref={input}
          type="text"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          aria-label={label}
          aria-invalid={wrong}
          aria-describedby={problems.length ? id : undefined}
          readOnly={props.disabled}
          placeholder={props.placeholder}
          value={text}
          onChange={(e) => {
            const element = e.target;
            editor.store.set({
              caret: { node: owner, start: element.selectionStart ?? 0, end: element.selectionEnd ?? 0 },
            });
            onChange(element.value, `text:${owner}#${visit.current}`);
          }}
          onFocus={() => {
            visit.current++;
          }}
          onSelect={remember}
          onScroll={(e) => {
            if (marks.current) marks.current.scrollLeft = e.currentTarget.scrollLeft;
          }}
          onKeyDown={(e) => {
            if (e.key !== "Enter" && e.key !== "Escape") return;
            e.preventDefault();
            editor.focusCanvas();
          }}
        />
      </div>
      {problems.length > 0 && (
        <ul className="al-reasons" id={id}>
          {problems.map((p) => (
            <li key={`${p.code}${p.path}${p.message}`} data-severity={p.severity}>
              {p.message} {p.hint}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
});

/** The text cut at the borders of the marked spans; an error hides a lesser mark. */
export function pieces(
  text: string,
  problems: readonly Pick<Diagnostic, "span" | "severity">[],
): { start: number; text: string; severity: string }[] {
  const cuts = new Set([0]);
  for (const { span } of problems) for (const cut of span ?? []) if (cut > 0 && cut < text.length) cuts.add(cut);
  const starts = [...cuts].sort((a, b) => a - b);
  return starts.map((start, i) => {
    const here = problems.filter(({ span }) => span && start >= span[0] && start < span[1]);
    const severity = here.find((p) => p.severity === "error") ?? here[0];
    return { start, text: text.slice(start, starts[i + 1]), severity: severity?.severity ?? "" };
  });
}
