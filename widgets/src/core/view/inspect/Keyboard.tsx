/** Every shortcut: keys of the canvas itself, then those of the command table. */
import { COMMANDS } from "../../commands.js";
import { shownKey } from "../../model/keys.js";
import { useEditor } from "../context.js";

const ON_CANVAS: [string, string][] = [
  ["Move between blocks", "← ↑ → ↓"],
  ["Select several blocks", "Shift ← ↑ → ↓"],
  ["Type new cells for a block", "A … Z"],
  ["Go to the links of a block", "l"],
  ["Copy, cut, paste blocks", `${shownKey("Mod+C")} X V`],
  ["Larger, smaller", "+ −"],
];

export function Keyboard() {
  const { t } = useEditor();
  const commands = COMMANDS.filter((command) => command.keys.length > 0);
  return (
    <details>
      <summary>{t("Keyboard")}</summary>
      <dl className="al-keys">
        {[...ON_CANVAS, ...commands.map((c) => [c.label, shownKey(c.keys[0] ?? "")] as const)].map(([label, keys]) => (
          <div key={label} style={{ display: "contents" }}>
            <dt>{t(label)}</dt>
            <dd>
              <kbd>{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
