import { expect, test } from "vitest";
import { brokenField, editsJson, eventOf, fieldsOf } from "../src/flow/edits";

test("a value that is JSON goes out digit by digit", () => {
  const json = editsJson([{ path: " price ", value: "12345678901234567890.10" }]);
  expect(json).toBe('[{"path":"price","value":12345678901234567890.10}]');
});

test("a value that is no JSON goes out as a text", () => {
  const json = editsJson([{ path: "title", value: 'A "fine" cup' }]);
  expect(JSON.parse(json)).toEqual([{ path: "title", value: 'A "fine" cup' }]);
});

test("fields are named by the paths that edits take, out of an SNS envelope too", () => {
  const event = { title: "Cup", thumbnails: [{ quality_score: 1.5 }] };
  const fields = [
    ["title", '"Cup"'],
    ["thumbnails.0.quality_score", "1.5"],
  ];
  const enveloped = { Type: "Notification", Message: JSON.stringify(event) };
  for (const body of [event, enveloped]) {
    expect([...fieldsOf(eventOf(JSON.stringify(body)))]).toEqual(fields);
  }
});

test("a body that is no JSON has no fields", () => {
  expect([...fieldsOf(eventOf("<xml>"))]).toEqual([]);
});

test("the field that is offered first is the one that the refusal names", () => {
  expect(brokenField("thumbnails[0].quality_score: must be at most 1; title: missing")).toBe(
    "thumbnails.0.quality_score",
  );
  expect(brokenField("The text is not JSON: unexpected end.")).toBe("");
  expect(brokenField(null)).toBe("");
});
