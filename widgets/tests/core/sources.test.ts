import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const source = join(__dirname, "../../src");

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const files = filesUnder(source).filter((path) => /\.tsx?$/.test(path));
const text = new Map(files.map((path) => [path, readFileSync(path, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")]));

describe("the sources", () => {
  it("are found", () => {
    expect(files.length).toBeGreaterThan(40);
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
