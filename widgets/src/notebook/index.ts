// The notebook shell, loaded by anywidget.
import type { AnyModel } from "@anywidget/types";

// The factory form: anywidget hands a different model proxy to `initialize` and to `render`.
export default () => ({
  render({ el }: { model: AnyModel; el: HTMLElement }): void {
    el.classList.add("archlab");
  },
});
