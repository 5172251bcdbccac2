/** What the export menu offers: `EXPORTS` of `archlab/bridge/session.py`. */
export const EXPORTS = [
  { format: "json", label: "JSON" },
  { format: "svg", label: "SVG" },
  { format: "png", label: "PNG" },
  { format: "dot", label: "DOT (graphviz)" },
];
