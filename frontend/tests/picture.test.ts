import { expect, test } from "vitest";
import { pauseAfter } from "../src/flow/api/pauses";
import { linePoints } from "../src/flow/picture/linePoints";
import { paceOf } from "../src/flow/picture/pace";

const box = { width: 10, height: 4, most: 11 };

test("a line ends at the right edge, and its highest figure touches the top", () => {
  expect(linePoints([1, 2, 4], box)).toBe("8,3 9,2 10,0");
});

test("what is unknown leaves a gap in a line, and a single figure makes none", () => {
  expect(linePoints([4, null, 4], box)).toBe("8,0 10,0");
  expect(linePoints([4, null], box)).toBe("");
});

test("nothing moves where nothing flows or nothing is known", () => {
  expect([null, 0, 1, 30, 600].map(paceOf)).toEqual(["still", "still", "slow", "steady", "fast"]);
});

test("the longer the service does not answer, the less often it is asked", () => {
  expect([0, 1, 2, 3, 4, 50].map(pauseAfter)).toEqual([1000, 2000, 4000, 8000, 15000, 15000]);
});
