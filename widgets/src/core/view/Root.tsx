/** The whole editor: tool bar, canvas, side panel, totals; or the picker, or the repair view. */
import { type ClipboardEvent, type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { COMMANDS, editable } from "../commands.js";
import { clearBlocks, copyBlocks, pasteBlocks } from "../model/clipboard.js";
import { isBare, matches } from "../model/keys.js";
import { focusOf } from "../model/selection.js";
import { Canvas } from "./Canvas.js";
import { CompatBadge } from "./CompatBadge.js";
import { useEditor, useSelect } from "./context.js";
import { Notice } from "./Notice.js";
import { Legend } from "./Overlay.js";
import { Repair } from "./Repair.js";
import { SidePanel } from "./SidePanel.js";
import { Templates } from "./Templates.js";
import { Toolbar } from "./Toolbar.js";
import { TotalsBar } from "./TotalsBar.js";
import { Waiting } from "./Waiting.js";

const NARROW = 720;

function typing(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}

export function Root() {
  const editor = useEditor();
  const content = useSelect((s) => s.content);
  const picture = useSelect((s) => s.picture);
  const unreadable = useSelect((s) => s.unreadable);
  const choosing = useSelect((s) => s.choosing);
  const panelOpen = useSelect((s) => s.panelOpen);
  const theme = useSelect((s) => s.theme);
  const announcement = useSelect((s) => s.announcement);
  const root = useRef<HTMLDivElement>(null);
  const narrow = useNarrow(root);
  const repairing = content.kind === "text" || (content.kind === "spec" && unreadable && !picture);

  const keyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented) return stop(event);
    const target = event.target as Element;
    const onCanvas = target.closest('[data-scope="canvas"]') !== null;
    const writing = typing(target);
    const plainButton = target.matches("button, [role=tab], summary") && (event.key === "Enter" || event.key === " ");
    const found = COMMANDS.find(
      (c) =>
        (c.scope === "editor" || (onCanvas && !writing)) &&
        c.keys.some((key) => matches(key, event)) &&
        c.when(editor) &&
        !plainButton,
    );
    if (found) {
      found.run(editor);
      event.preventDefault();
      return stop(event);
    }
    if (editor.host.abilities.suppressShortcuts && matches("Mod+S", event) && editor.host.save) {
      editor.host.save();
      event.preventDefault();
      return stop(event);
    }
    // Keys with Ctrl or Cmd that mean nothing here belong to the page, Ctrl+S above all.
    if (isBare(event)) event.stopPropagation();
  };

  const stop = (event: KeyboardEvent) => event.stopPropagation();

  /** Places that listen to bare keys before the page look for the mark on the focused element itself. */
  const focusIn = (event: FocusEvent) => {
    if (editor.host.abilities.suppressShortcuts) event.target.setAttribute("data-lm-suppress-shortcuts", "true");
  };

  const copy = (event: ClipboardEvent) => {
    const { picture, selection } = editor.state;
    if (typing(event.target) || !editor.spec || !picture || selection.kind !== "nodes") return;
    const text = copyBlocks(editor.spec, picture.graph, selection.ids);
    if (text === undefined) return;
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
    if (event.type === "cut") {
      const { ids } = selection;
      editor.apply(`${editor.t("Cut")} ${ids.join(", ")}`, (spec) => clearBlocks(spec, ids));
    } else editor.announce(`${editor.t("Copied")} ${selection.ids.join(", ")}`);
  };

  const paste = (event: ClipboardEvent) => {
    const { picture, selection, catalog } = editor.state;
    if (typing(event.target) || !editor.spec || !picture || !editable(editor)) return;
    const anchor = picture.graph.nodes.find((node) => node.id === focusOf(selection));
    if (!anchor || selection.kind !== "nodes") return;
    const text = event.clipboardData.getData("text/plain");
    const isCode = (word: string) => catalog?.cells.has(word) ?? false;
    const pasted = pasteBlocks(editor.spec, picture.graph, anchor, selection.ids, text, isCode);
    event.preventDefault();
    if (!pasted) return editor.announce(editor.t("There are no blocks on the clipboard"));
    editor.apply(`${editor.t("Pasted into")} ${pasted.ids.join(", ")}`, () => pasted.spec);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys and clipboard of everything inside arrive here.
    <div
      ref={root}
      className="archlab"
      data-theme={theme}
      data-narrow={narrow || undefined}
      onKeyDown={keyDown}
      onKeyUp={(e) => isBare(e) && e.stopPropagation()}
      onFocus={focusIn}
      onCopy={copy}
      onCut={copy}
      onPaste={paste}
    >
      <Toolbar />
      <Notice />
      {choosing || content.kind === "empty" ? (
        <Templates />
      ) : repairing ? (
        <Repair />
      ) : (
        <div className="al-main">
          <div className="al-stage">
            {picture ? <Canvas picture={picture} /> : <Waiting />}
            <CompatBadge />
            {picture && <Legend />}
          </div>
          {panelOpen && <SidePanel />}
        </div>
      )}
      {content.kind === "spec" && !choosing && !repairing && <TotalsBar />}
      <div className="al-hidden" role="status" aria-live="polite" data-n={announcement.n}>
        {announcement.text}
      </div>
    </div>
  );
}

function useNarrow(root: React.RefObject<HTMLElement>): boolean {
  const [narrow, setNarrow] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => setNarrow(element.clientWidth < NARROW));
    observer.observe(element);
    return () => observer.disconnect();
  }, [root]);
  return narrow;
}
