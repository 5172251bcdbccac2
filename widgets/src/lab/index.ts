// The JupyterLab shell.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "archlab:plugin",
  description: "The archlab editor for *.arch.json documents",
  autoStart: true,
  activate: () => {},
};

export default plugin;
