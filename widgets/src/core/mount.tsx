/** Puts an editor into an element. */
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { handleOf } from "./commands.js";
import { Editor } from "./editor.js";
import type { Host } from "./host.js";
import { EditorContext } from "./view/context.js";
import { Root } from "./view/Root.js";

/** Draws the editor of `host.document` in `element`; the returned function takes it away again. */
export function mount(element: HTMLElement, host: Host): () => void {
  const editor = new Editor(host);
  const root = createRoot(element);
  flushSync(() =>
    root.render(
      <EditorContext.Provider value={editor}>
        <Root />
      </EditorContext.Provider>,
    ),
  );
  host.connect?.(handleOf(editor, () => editor.focusCanvas()));
  return () => {
    host.connect?.(null);
    editor.dispose();
    root.unmount();
  };
}
