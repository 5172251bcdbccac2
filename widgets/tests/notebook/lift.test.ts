// @vitest-environment node
import { describe, expect, it } from "vitest";
import { lift } from "../../lift.mjs";

describe("the notebook's style sheet", () => {
  it("weighs more than the rules of an output, which name classes and elements", async () => {
    const css = await lift(".a dt { float: none }\n@media print { .b { color: red } }");
    expect(css).toMatch(/:is\(#[\w-]+,\s*:root\) \.a dt\{float:none\}/);
    expect(css).toMatch(/@media print\{:is\(#[\w-]+,\s*:root\) \.b\{color:red\}\}/);
  });

  it("keeps animations where a browser looks for them", async () => {
    const css = await lift("@keyframes pulse { from { opacity: 1 } to { opacity: 0 } }\n.a { animation: pulse 1s }");
    expect(css).toMatch(/(^|\})@keyframes pulse\{/);
    expect(css).not.toContain("&");
  });
});
