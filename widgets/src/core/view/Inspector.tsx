/** Properties of what is selected: the document, a node, several blocks, or a link. */
import { selectedLink, selectedNodes } from "../commands.js";
import { useEditor, useSelect } from "./context.js";
import { BlockForm } from "./inspect/BlockForm.js";
import { DocumentForm } from "./inspect/DocumentForm.js";
import { LinkForm } from "./inspect/LinkForm.js";
import { NodeForm } from "./inspect/NodeForm.js";
import { SeveralForm } from "./inspect/SeveralForm.js";

export function Inspector() {
  const editor = useEditor();
  useSelect((s) => s.selection);
  useSelect((s) => s.picture);
  useSelect((s) => s.content);
  const nodes = selectedNodes(editor);
  const link = selectedLink(editor);
  const [node] = nodes;
  if (link) return <LinkForm key={link.id} link={link} />;
  if (nodes.length > 1) return <SeveralForm nodes={nodes} />;
  if (node?.kind === "block") return <BlockForm key={node.id} node={node} />;
  if (node) return <NodeForm key={node.id} node={node} />;
  return <DocumentForm />;
}
