/** Keyboard shortcuts: `Mod+Shift+Z`, `Enter`, `?`. Mod is Cmd on a Mac and Ctrl elsewhere. */

export interface KeyStroke {
  key: string;
  code?: string;
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
  // A capital without Shift is typed with Caps Lock: text, no shortcut.
  if (/^[A-Z]$/.test(event.key) && !event.shiftKey && !wants.has("Mod") && !wants.has("Alt")) return false;
  const symbol = key.length === 1 && !/[a-z]/i.test(key);
  if (!symbol && event.shiftKey !== wants.has("Shift")) return false;
  // Option with a digit writes another sign on a Mac: there the place of the key counts.
  if (event.altKey && /^\d$/.test(key)) return event.code === `Digit${key}` || event.key === key;
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
