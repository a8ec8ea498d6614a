import { expect, test } from "vitest";
import { isSeller, sellerHandle, tracePath, videoAt } from "../src/flow/videos";

test("the address of a video names its seller and itself", () => {
  const name = { seller: "home.256", video: "7500000000000000001" };
  const address = "https://www.tiktok.com/@home.256/video/7500000000000000001?lang=en";
  expect(videoAt(address)).toEqual(name);
  expect(videoAt("7500000000000000001")).toBeNull();
  expect(tracePath(name)).toBe("/flow/videos/home.256/7500000000000000001");
});

test("a handle is taken with its @ and without it, and never climbs in an address", () => {
  expect(sellerHandle(" @home256 ")).toBe("home256");
  expect(["home256", "a.b", ".", "..", "a/b", ""].filter(isSeller)).toEqual(["home256", "a.b"]);
});
