import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../src");

/** The classes that selectors begin with, by the directory of the sheets. */
function classesByArea(): Map<string, Set<string>> {
  const areas = new Map<string, Set<string>>();
  for (const path of globSync("*/**/*.css", { cwd: SOURCES })) {
    const text = readFileSync(resolve(SOURCES, path), "utf8");
    const area = path.split(/[/\\]/)[0] ?? "";
    const classes = areas.get(area) ?? new Set();
    const selectors = text.replaceAll(/\/\*.*?\*\//gs, "").matchAll(/([^{}]+)\{/g);
    for (const [, list = ""] of selectors) {
      for (const selector of list.split(/,(?![^(]*\))/)) {
        const [, first] = /^\s*\.([\w-]+)/.exec(selector) ?? [];
        if (first !== undefined) classes.add(first);
      }
    }
    areas.set(area, classes);
  }
  return areas;
}

test("a page looks the same wherever people come from", () => {
  const { site = new Set<string>(), ...pages } = Object.fromEntries(classesByArea());
  const owners = new Map<string, string[]>();
  for (const [area, classes] of Object.entries(pages)) {
    for (const each of classes) owners.set(each, [...(owners.get(each) ?? []), area]);
  }
  // The sheets of a page stay when people go on: what two areas call alike, both would style.
  const shared = [...owners].filter(([name, areas]) => areas.length > 1 && !site.has(name));
  expect(owners.size).toBeGreaterThan(100);
  expect(shared).toEqual([]);
});
