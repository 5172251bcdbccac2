/** How components reach the editor and listen to a part of its state. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { Editor } from "../editor.js";
import type { State } from "../state.js";

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error("This component must stand inside a mounted editor.");
  return editor;
}

/** A part of the state; the component is drawn again when it becomes another value. */
export function useSelect<T>(select: (state: State) => T): T {
  const { store } = useEditor();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
