/** Keyboard shortcuts: `Mod+Shift+Z`, `Enter`, `?`. Mod is Cmd on a Mac and Ctrl elsewhere. */

export interface KeyStroke {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const MAC = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform ?? "");

export function matches(shortcut: string, event: KeyStroke): boolean {
  const parts = shortcut.split("+");
  const key = parts.pop() || "+";
  const wants = new Set(parts);
  if (event.altKey !== wants.has("Alt")) return false;
  if ((event.ctrlKey || event.metaKey) !== wants.has("Mod")) return false;
  const symbol = key.length === 1 && !/[a-z]/i.test(key);
  if (!symbol && event.shiftKey !== wants.has("Shift")) return false;
  return event.key.toLowerCase() === (key === "Space" ? " " : key.toLowerCase());
}

/** A key without Ctrl, Cmd or Alt: it must not reach the page around the editor. */
export function isBare(event: KeyStroke): boolean {
  return !event.ctrlKey && !event.metaKey && !event.altKey;
}

export function shownKey(shortcut: string): string {
  return shortcut
    .replace("Mod", MAC ? "⌘" : "Ctrl")
    .replace("ArrowUp", "↑")
    .replace("ArrowDown", "↓")
    .replace("ArrowLeft", "←")
    .replace("ArrowRight", "→");
}
