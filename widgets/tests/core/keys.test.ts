import { describe, expect, it } from "vitest";
import { matches } from "../../src/core/model/keys.js";

const stroke = (key: string, more: object = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe("shortcuts", () => {
  it("with Option and a digit go by the place of the key, whatever sign it writes", () => {
    expect(matches("Alt+1", stroke("¡", { altKey: true, code: "Digit1" }))).toBe(true);
    expect(matches("Alt+1", stroke("1", { altKey: true, code: "Digit1" }))).toBe(true);
    expect(matches("Alt+1", stroke("2", { altKey: true, code: "Digit2" }))).toBe(false);
    expect(matches("Alt+1", stroke("1", { code: "Digit1" }))).toBe(false);
  });

  it("of bare letters leave capitals to the text", () => {
    expect(matches("F", stroke("f"))).toBe(true);
    expect(matches("F", stroke("F"))).toBe(false);
    expect(matches("F", stroke("F", { shiftKey: true }))).toBe(false);
    expect(matches("Mod+Z", stroke("Z", { ctrlKey: true }))).toBe(true);
    expect(matches("Mod+Shift+Z", stroke("Z", { ctrlKey: true, shiftKey: true }))).toBe(true);
  });
});
