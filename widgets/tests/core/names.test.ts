import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import answers from "./answers.json";

const source = join(__dirname, "../../src");

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const files = filesUnder(source).filter((path) => /\.tsx?$/.test(path));
const text = new Map(files.map((path) => [path, readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")]));
const codes = answers.catalog.cells.map((cell) => cell.code);
const types = [answers.catalog.links, answers.catalog.layouts, answers.catalog.stems, answers.catalog.heads]
  .flat()
  .map((part) => part.type)
  // A block's field of the document is called like a head.
  .filter((type) => type !== "none" && type !== "dense");

describe("the sources", () => {
  it("are found", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(codes.length).toBeGreaterThan(5);
    expect(types.length).toBeGreaterThan(8);
  });

  it.each([...codes, ...types])("never say %s: cells, links and layouts are the catalog's business", (word) => {
    const said = new RegExp(`["'\`]${word}["'\`]|\\b${word}\\b\\s*[:=]`);
    const guilty = [...text].filter(([, body]) => said.test(body)).map(([path]) => path);
    expect(guilty).toEqual([]);
  });

  it("put no text into the page as markup", () => {
    expect([...text].filter(([, body]) => /innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML/.test(body))).toEqual(
      [],
    );
  });

  it("stay within 400 lines a file", () => {
    const long = files.filter(
      (path) => readFileSync(path, "utf8").split("\n").length > 401 && !path.includes("generated"),
    );
    expect(long).toEqual([]);
  });
});
