/** What there is to say of a code: words, formula, shapes, cost, picture, source. */
import { useEffect, useState } from "react";
import { pageLines } from "../../model/page.js";
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
      {facts.map(
        ([name, text], index) =>
          text && (
            <details key={name} open={index === 0}>
              <summary>{t(name)}</summary>
              <Lines text={text} />
            </details>
          ),
      )}
      <dl>
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

function Lines({ text }: { text: string }) {
  return (
    <ul className="al-page-lines">
      {pageLines(text).map(({ code, note }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place.
        <li key={index} data-heading={!code || undefined}>
          {code && <code>{code}</code>} {note && <small>{note}</small>}
        </li>
      ))}
    </ul>
  );
}
