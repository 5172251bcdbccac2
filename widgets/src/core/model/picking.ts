/** Finding things by words, and putting templates under their headings. Pure. */
import type { Template } from "./spec.js";

/** Every word of the query is somewhere in the text; no word fits everything. */
export function says(text: string, query: string): boolean {
  const low = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => low.includes(word));
}

/** Templates that the query fits, best first: a word in the title counts before one in the description. */
export function fitting(templates: readonly Template[], query: string): Template[] {
  const all = (one: Template) => [one.name, one.title, one.group, one.description, one.source].join(" ");
  const found = templates.filter((one) => says(all(one), query));
  if (!query.trim()) return found;
  const titled = found.filter((one) => says(`${one.name} ${one.title}`, query));
  return [...titled, ...found.filter((one) => !titled.includes(one))];
}

/** Templates under their groups, both in order of appearance. */
export function inGroups(templates: readonly Template[]): { name: string; templates: Template[] }[] {
  const groups = new Map<string, Template[]>();
  for (const one of templates) {
    const name = one.group ?? "";
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups].map(([name, own]) => ({ name, templates: own }));
}
