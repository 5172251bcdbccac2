// Lifts a style sheet above the rules of the page that the notebook's output stands in.
import { transform } from "esbuild";

// JupyterLab dresses tables, lists and headings of every output (`.jp-RenderedHTMLCommon`). An id in the list of `:is`
// counts for the whole list, so that each rule wins over them while the order among our own stays as it is.
const ABOVE = ":is(#archlab-above, :root)";

/** The sheet as one line, every rule with the weight of an id more. */
export async function lift(css) {
  const frames = [];
  const rules = css.replace(/@keyframes [^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, (found) => {
    frames.push(found);
    return "";
  });
  const nested = `${ABOVE} {\n${rules}\n}\n${frames.join("\n")}`;
  return (await transform(nested, { loader: "css", minify: true, target: "chrome105" })).code;
}
