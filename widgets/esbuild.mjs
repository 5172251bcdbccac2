// The notebook's bundle: one ES module (React inside) and one style sheet, loaded by anywidget.
import { writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { lift } from "./lift.mjs";

await build({
  entryPoints: { widget: "src/notebook/index.ts" },
  outdir: "../archlab/static",
  bundle: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  minify: true,
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "info",
});

const { outputFiles } = await build({ entryPoints: ["style/index.css"], bundle: true, write: false });
await writeFile("../archlab/static/widget.css", await lift(outputFiles[0].text));
