/** What there is to say of a code: words, formula, shapes, cost, picture, source. */
import { useEffect, useState } from "react";
import { title, written } from "../../model/schema.js";
import type { CatalogCell } from "../../model/spec.js";
import { useEditor, useSelect } from "../context.js";

export function CodePage({ cell }: { cell: CatalogCell }) {
  const editor = useEditor();
  const { t } = editor;
  const theme = useSelect((s) => s.theme);
  const [picture, setPicture] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture has the colours of the theme.
  useEffect(() => {
    let alive = true;
    setPicture("");
    void editor.pictureOf(cell.code).then((svg) => alive && setPicture(svg));
    return () => {
      alive = false;
    };
  }, [editor, cell.code, theme]);
  const [, ...paragraphs] = cell.doc.split(/\n\s*\n/);
  const preset = Object.entries(cell.preset ?? {});
  const facts: [string, string | undefined][] = [
    ["Formula", cell.page?.formula],
    ["Shapes", cell.page?.shapes],
    ["Cost", cell.page?.cost],
  ];
  return (
    <div className="al-page">
      {paragraphs.map((paragraph) => (
        <p key={paragraph}>{paragraph.replaceAll("\n", " ")}</p>
      ))}
      {picture && (
        <img
          alt={`${t("Which positions attend to which in")} ${cell.code}`}
          src={`data:image/svg+xml;utf8,${encodeURIComponent(picture)}`}
        />
      )}
      <dl>
        {facts.map(
          ([name, text]) =>
            text && (
              <div key={name}>
                <dt>{t(name)}</dt>
                <dd>
                  <pre>{text}</pre>
                </dd>
              </div>
            ),
        )}
        {preset.length > 0 && (
          <div>
            <dt>{t("The code fixes")}</dt>
            <dd>{preset.map(([name, value]) => `${t(title(name))}: ${written(value)}`).join(", ")}</dd>
          </div>
        )}
        {cell.source && (
          <div>
            <dt>{t("Source")}</dt>
            <dd>{cell.source}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}
