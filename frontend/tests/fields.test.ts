import { expect, test } from "vitest";
import { fieldsOf } from "../src/drafts/shared/fields";

const city = {
  type: "integer",
  enum: [0, 1],
  "x-enum-varnames": ["OTHER", "AILSA_CRAIG"],
};
const document = {
  components: {
    schemas: {
      City: city,
      Degree: { ...city, "x-enum-descriptions": ["Another one", "Diploma/Credential"] },
      Kind: { type: "string", enum: ["office", "retail"] },
      ProductInput: {
        required: ["name", "city"],
        properties: {
          name: { type: "string", title: "Name", minLength: 3, maxLength: 100 },
          text: { anyOf: [{ type: "string", maxLength: 4000 }, { type: "null" }] },
          price: {
            anyOf: [
              { type: "number", minimum: 0, maximum: 99.5, "x-decimals": 2 },
              { type: "null" },
              { type: "string", enum: [""] },
            ],
          },
          stock: { type: "integer", default: 0 },
          first: { anyOf: [{ type: "string", format: "date", pattern: "^x$" }, { type: "null" }] },
          isOpen: { anyOf: [{ type: "boolean" }, { type: "null" }] },
          city: { $ref: "#/components/schemas/City", title: "City" },
          degree: { anyOf: [{ $ref: "#/components/schemas/Degree" }, { type: "null" }] },
          cities: {
            type: ["array", "null"],
            items: { $ref: "#/components/schemas/City" },
            maxItems: 50,
          },
          files: { type: "array", items: { type: "object" } },
        },
      },
      ProjectData: {
        properties: {
          projectName: { type: "string", maxLength: 10000, title: "Name" },
          kind: { anyOf: [{ $ref: "#/components/schemas/Kind" }, { type: "string" }] },
        },
        "x-when-committed": {
          required: ["projectName"],
          properties: { projectName: { minLength: 1, maxLength: 100 } },
        },
      },
    },
  },
} as const;

const fields = fieldsOf(document, "ProductInput");

test("each field has the kind of its values, whatever it may be besides", () => {
  const kinds = fields?.all.map(({ name, kind }) => `${name} ${kind}`);
  expect(kinds).toEqual([
    "name text",
    "text longText",
    "price number",
    "stock number",
    "first date",
    "isOpen flag",
    "city code",
    "degree code",
    "cities codes",
  ]);
});

test("a field has its bounds, its default, and whether it is required", () => {
  expect(fields?.get("name")).toMatchObject({ isRequired: true, minLength: 3, maxLength: 100 });
  expect(fields?.get("price")).toMatchObject({
    isRequired: false,
    minimum: 0,
    maximum: 99.5,
    decimals: 2,
  });
  expect(fields?.get("stock")).toMatchObject({ decimals: 0, default: 0 });
  expect(fields?.get("cities")).toMatchObject({ maxItems: 50 });
});

test("codes have the labels of the service, else its names as words", () => {
  expect(fields?.get("cities").codes).toEqual([
    { value: 0, label: "Other" },
    { value: 1, label: "Ailsa Craig" },
  ]);
  expect(fields?.get("degree").codes[1]).toEqual({ value: 1, label: "Diploma/Credential" });
  expect(fields?.get("city").codes).toHaveLength(2);
});

test("where a draft may hold more than a commit accepts, the form has the rules of the commit", () => {
  const project = fieldsOf(document, "ProjectData");
  expect(project?.get("projectName")).toMatchObject({ isRequired: true, maxLength: 100 });
  expect(project?.get("kind").codes.map(({ value }) => value)).toEqual(["office", "retail"]);
});

test("a service that lacks the system has no fields, and a name that it lacks is an error", () => {
  expect(fieldsOf(document, "EducationInput")).toBeNull();
  expect(() => fields?.get("colour")).toThrow("colour");
});
