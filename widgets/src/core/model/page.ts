/** The texts of a code's page, written in columns for a wide place, as lines for a narrow one. Pure. */

/** One line: what is computed, and what is said about it; a line with a note alone is a heading. */
export interface PageLine {
  code: string;
  note: string;
}

/** `y  = a + b   # why` -> `y = a + b` and `why`; lines that say nothing are left out. */
export function pageLines(text: string): PageLine[] {
  return text
    .split("\n")
    .map((line) => {
      const at = line.indexOf("#");
      const code = at < 0 ? line : line.slice(0, at);
      return { code: code.trim().replace(/ {2,}/g, " "), note: at < 0 ? "" : line.slice(at + 1).trim() };
    })
    .filter(({ code, note }) => code || note);
}
