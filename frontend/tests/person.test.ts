import { expect, test } from "vitest";
import { personOf, tokenProblem } from "../src/site/person";

function tokenWith(claims: object): string {
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `eyJhbGciOiJIUzI1NiJ9.${payload}.c2lnbmF0dXJl`;
}

test("a token says who has it, and in which organisation", () => {
  expect(personOf(tokenWith({ sub: "ann", organizationGuid: "1-2" }))).toBe("ann 1-2");
  expect(personOf(tokenWith({ userId: "Zoë 🌱", privilege: 3 }))).toBe("Zoë 🌱");
  expect(personOf(tokenWith({ sub: 7 }))).toBe("7");
  expect(personOf(tokenWith({ sub: ["ann"] }))).toBeNull();
  expect(personOf(null)).toBeNull();
});

test.for(["tok\u2026en", "a.b", "not.a.token", "é.é.é", "a.bnVsbA.c"])(
  "%s is refused before it is kept, since it cannot be a token",
  (typed) => {
    expect(tokenProblem(typed)).toBe("This is not a whole access token: copy it once more.");
    expect(personOf(typed)).toBeNull();
  },
);

test("only a token is a token", () => {
  expect(tokenProblem("")).toBe("Give an access token.");
  expect(tokenProblem(tokenWith({}))).toBeNull();
});
