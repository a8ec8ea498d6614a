import { expect, test } from "vitest";
import { isOutdated } from "../src/flow/letters/outdated";

const counts = { caption: { waiting: 1, hidden: 1 }, thumbnail: { waiting: 3, hidden: 0 } };

function read(byReason: Record<string, number>, complete = true) {
  return { deadLetters: [], byReason, complete, hidden: 0 };
}

test("dead letters are outdated when the queues that are shown hold another number", () => {
  expect(isOutdated(read({ not_json: 2, wrong_queue: 3 }), counts, {})).toBe(false);
  expect(isOutdated(read({ not_json: 2 }), counts, {})).toBe(true);
  expect(isOutdated(read({ not_json: 2 }), counts, { queue: "caption" })).toBe(false);
});

test("nobody is told to read again where that would not help", () => {
  const unknown = { ...counts, thumbnail: { waiting: null, hidden: null } };
  expect(isOutdated(read({}), unknown, {})).toBe(false);
  expect(isOutdated(read({}, false), counts, {})).toBe(false);
});
