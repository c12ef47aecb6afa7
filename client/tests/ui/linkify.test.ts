import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkify } from "../../src/ui/linkify.ts";

const links = (text: string): string[] => linkify(text).flatMap((piece) => (piece.kind === "link" ? [piece.href] : []));

describe("links in the chat", () => {
  it("become links without what ends the sentence", () => {
    expect(links("See https://example.org/a, then http://example.org/b!")).toEqual([
      "https://example.org/a",
      "http://example.org/b",
    ]);
  });

  it("keep a bracket that was opened inside the address, and leave one that was opened before it", () => {
    expect(links("https://example.org/report(final).pdf")).toEqual(["https://example.org/report(final).pdf"]);
    expect(links("(see https://example.org/a)")).toEqual(["https://example.org/a"]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://bank.example@mallory.example/",
    "https://user:password@mallory.example/",
    "https://bank.example\u202emoc.elpmaxe",
    "https://exa\u200bmple.org/",
    "https://",
    "ftp://example.org/",
  ])("are not made of %j", (text) => {
    expect(links(text)).toEqual([]);
  });

  it("cost no more in a long row of brackets", () => {
    const [link] = links(`https://example.org/${"(".repeat(1000)}${")".repeat(3000)}`);
    expect(link).toBe(`https://example.org/${"(".repeat(1000)}${")".repeat(1000)}`);
  });

  it("lose no character of the text, and lead to http or https only, whatever mallory writes", () => {
    const address = fc.tuple(fc.constantFrom("http://", "https://", "HTTPS://", "javascript:", ""), fc.string());
    const text = fc
      .array(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          address.map((parts) => parts.join("")),
        ),
      )
      .map((all) => all.join(" "));
    fc.assert(
      fc.property(text, (written) => {
        expect(
          linkify(written)
            .map((piece) => piece.text)
            .join(""),
        ).toBe(written);
        for (const href of links(written)) expect(["http:", "https:"]).toContain(new URL(href).protocol);
      }),
    );
  });
});
