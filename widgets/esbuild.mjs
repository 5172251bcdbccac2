// The notebook's bundle: one ES module (React inside) and one style sheet, loaded by anywidget.
import { build } from "esbuild";

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

await build({
  entryPoints: { widget: "style/index.css" },
  outdir: "../archlab/static",
  bundle: true,
  minify: true,
  logLevel: "info",
});
