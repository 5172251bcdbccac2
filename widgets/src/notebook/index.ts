/** The notebook shell, loaded by anywidget: the widget's kernel answers everything. */
import type { AnyModel, RenderProps } from "@anywidget/types";

import { mount } from "../core/mount.js";
import { WidgetHost, type WidgetState } from "./host.js";

const HEIGHT = "640px";

function render({ model, el }: RenderProps<WidgetState>): () => void {
  const frame = document.createElement("div");
  Object.assign(frame.style, { height: HEIGHT, minHeight: "320px", resize: "vertical", overflow: "hidden" });
  el.append(frame);
  const host = new WidgetHost(model as AnyModel<WidgetState>);
  const unmount = mount(frame, host);
  return () => {
    unmount();
    host.dispose();
    frame.remove();
  };
}

// The factory form: anywidget hands a different model proxy to `initialize` and to `render`.
export default () => ({ render });
