import { expect, test } from "vitest";
import { changesOf, fieldChanges, merged } from "../src/drafts/shared/changes";
import type { Field } from "../src/drafts/shared/fields";

const [name, price, cities] = ["name", "price", "cities"].map((each): Field => ({
  name: each,
  title: each,
  description: "",
  group: "",
  kind: "text",
  isRequired: false,
  codes: [],
}));
const fields = [name, price, cities].filter((field) => field !== undefined);

test("only what differs once it is stored is sent, and what was emptied as null", () => {
  const from = { name: "A cup", price: 5, cities: [1, 11] };
  expect(changesOf(fields, from, { name: " A cup ", price: 5, cities: [11, 1] })).toEqual({});
  expect(changesOf(fields, { cities: [] }, { name: "", cities: null })).toEqual({});
  expect(changesOf(fields, from, { name: " Mug", price: "", cities: [] })).toEqual({
    name: "Mug",
    price: null,
    cities: null,
  });
});

test("who changed what is told apart, and what both changed alike is no matter", () => {
  const before = { name: "A", price: 1, cities: [1] };
  const changes = fieldChanges(fields, before, { ...before, name: "Mine", price: 2 }, {
    name: "Theirs",
    price: 2,
    cities: [2],
  });
  expect(changes.map(({ field, changedBy }) => [field.name, changedBy])).toEqual([
    ["name", "both"],
    ["cities", "them"],
  ]);
});

test("nobody's change is lost but the one that somebody chose to give up", () => {
  const before = { name: "A", price: 1, cities: [1] };
  const mine = { name: "Mine", price: 2, cities: [1] };
  const theirs = { name: "Theirs", price: 1, cities: [2] };
  const changes = fieldChanges(fields, before, mine, theirs);
  expect(merged(theirs, changes, new Set(["name"]))).toEqual({ name: "Mine", price: 2, cities: [2] });
  expect(merged(theirs, changes, new Set())).toEqual({ name: "Theirs", price: 2, cities: [2] });
});
