/** Forms drawn from schemas: one field per property, text kept as typed until it is a value. */
import { useId, useRef, useState } from "react";
import { ORIGINS, say } from "../a11y.js";
import { type Field, read, written } from "../model/schema.js";
import type { Diagnostic, Json } from "../model/spec.js";
import { useEditor, useSelect } from "./context.js";
import { Icon } from "./Icon.js";

/** Problems told at a field; one wrong number of the whole can be one for each block. */
const SHOWN = 3;

export interface FieldProps {
  field: Field;
  /** Path of the value in the document: names the field for drafts, gestures and problems. */
  path: string;
  /** What the document holds here; undefined = nothing. */
  value: Json | undefined;
  /** What counts where nothing is held, and where that comes from. */
  effective?: Json | undefined;
  origin?: string | undefined;
  /** Why the field has no effect here; shown in place of the control. */
  inert?: string | undefined;
  problems?: readonly Diagnostic[];
  disabled?: boolean;
  onChange(value: Json | undefined, gesture?: string): void;
}

export function FormField(props: FieldProps) {
  const { field, value, problems = [], disabled } = props;
  const editor = useEditor();
  const { t } = editor;
  const id = useId();
  const draft = useSelect((s) => s.drafts.get(props.path));
  const wrong = draft !== undefined || problems.some((p) => p.severity === "error");
  const held = value !== undefined;
  const idle = props.inert !== undefined && !wrong;
  const origin = props.origin && (ORIGINS[props.origin] ?? props.origin);
  return (
    <div
      className="al-field"
      data-held={held || undefined}
      data-wrong={wrong || undefined}
      data-idle={idle || undefined}
    >
      <label htmlFor={id} title={field.doc || undefined}>
        {t(field.label)}
      </label>
      <div className="al-field-input">
        {idle ? (
          <output id={id} className="al-idle">
            {held && <del>{written(value)}</del>} {t("no effect:")} {props.inert}
          </output>
        ) : (
          <Control {...props} id={id} describedBy={`${id}-note`} wrong={wrong} />
        )}
        {held && field.optional && !disabled && (
          <button
            type="button"
            className="al-reset"
            aria-label={`${t("Reset")} ${t(field.label)}`}
            title={t("Back to what counts otherwise")}
            onClick={() => {
              editor.setDraft(props.path, null);
              props.onChange(undefined);
            }}
          >
            <Icon name="close" size={12} />
          </button>
        )}
      </div>
      <div className="al-field-note" id={`${id}-note`}>
        {draft && <span data-severity="error">{t(draft.message)}</span>}
        {problems.slice(0, SHOWN).map((p) => (
          <span key={`${p.code}${p.node}${p.message}`} data-severity={p.severity}>
            {p.message} {p.hint}
          </span>
        ))}
        {problems.length > SHOWN && <span>{say(t, "and {n} more, see Problems", { n: problems.length - SHOWN })}</span>}
        {!held && !idle && origin && props.origin !== "default" && <span>{t(origin)}</span>}
      </div>
    </div>
  );
}

interface ControlProps extends FieldProps {
  id: string;
  describedBy: string;
  wrong: boolean;
}

function Control(props: ControlProps) {
  const { field } = props;
  if (field.kind === "choice") return <Choice {...props} />;
  if (field.kind === "switch") return <Switch {...props} />;
  return <TextControl {...props} />;
}

function Choice({ field, value, effective, id, describedBy, wrong, disabled, onChange }: ControlProps) {
  const { t } = useEditor();
  const implied = effective ?? field.initial;
  const known = value === undefined || field.choices.some((choice) => choice === value);
  return (
    <select
      id={id}
      className="al-input"
      disabled={disabled}
      aria-invalid={wrong}
      aria-describedby={describedBy}
      value={value === undefined ? "" : written(value)}
      onChange={(e) => {
        const chosen = field.choices.find((choice) => written(choice) === e.target.value);
        onChange(chosen);
      }}
    >
      <option value="" disabled={!field.optional && value === undefined ? true : undefined}>
        {value !== undefined
          ? t(field.titles?.[""] ?? "as elsewhere")
          : field.titles?.[""]
            ? t(field.titles[""])
            : implied === undefined || implied === null
              ? t("choose …")
              : written(implied).replaceAll("_", " ")}
      </option>
      {!known && <option value={written(value)}>{written(value)}</option>}
      {field.choices
        .filter((choice) => value !== undefined || choice !== implied)
        .map((choice) => (
          <option key={written(choice)} value={written(choice)}>
            {t(field.titles?.[written(choice)] ?? written(choice).replaceAll("_", " "))}
          </option>
        ))}
    </select>
  );
}

function Switch({ field, value, effective, id, describedBy, disabled, onChange }: ControlProps) {
  const { t } = useEditor();
  const now = value ?? effective ?? field.initial;
  return (
    <span className="al-switch">
      <input
        id={id}
        type="checkbox"
        disabled={disabled}
        aria-describedby={describedBy}
        checked={now === true}
        onChange={(e) => onChange(e.target.checked)}
      />
      <span aria-hidden="true">{now === true ? t("yes") : t("no")}</span>
    </span>
  );
}

function TextControl({ field, path, value, effective, id, describedBy, wrong, disabled, onChange }: ControlProps) {
  const editor = useEditor();
  const draft = useSelect((s) => s.drafts.get(path));
  const [typed, setTyped] = useState<string | null>(null);
  const visit = useRef(0);
  const shown = draft?.text ?? typed ?? written(value);
  const change = (text: string) => {
    setTyped(text);
    const parsed = read(text, field);
    if (!parsed.ok) {
      editor.setDraft(path, { text, message: parsed.message, label: editor.t(field.label) });
      return;
    }
    editor.setDraft(path, null);
    onChange(parsed.value, `field:${path}#${visit.current}`);
  };
  const nudge = (by: number) => {
    const now = Number(shown || written(effective ?? field.initial));
    if (!Number.isFinite(now)) return;
    const low = field.minimum ?? Number.NEGATIVE_INFINITY;
    const high = field.maximum ?? Number.POSITIVE_INFINITY;
    change(String(Math.min(high, Math.max(low, now + by))));
  };
  return (
    <input
      id={id}
      type="text"
      className="al-input"
      inputMode={field.kind === "number" ? "decimal" : "text"}
      spellCheck={false}
      autoComplete="off"
      readOnly={disabled}
      aria-invalid={wrong}
      aria-describedby={describedBy}
      placeholder={written(effective ?? field.initial)}
      value={shown}
      onFocus={() => {
        visit.current++;
      }}
      onBlur={() => setTyped(null)}
      onChange={(e) => change(e.target.value)}
      onKeyDown={(e) => {
        if (field.kind === "number" && field.integer && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
          nudge(e.key === "ArrowUp" ? 1 : -1);
          e.preventDefault();
        }
      }}
    />
  );
}

/** Diagnostics about the value at a path, or inside it. */
export function problemsAt(diagnostics: readonly Diagnostic[], path: string): Diagnostic[] {
  return diagnostics.filter((d) => d.path === path || d.path.startsWith(`${path}[`) || d.path.startsWith(`${path}.`));
}
