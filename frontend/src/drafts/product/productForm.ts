import type { ProductInput } from "assembly-service-client/drafts";

export type ProductField = keyof ProductInput;

/** What a form holds for a field; null, an empty text and NaN are nothing. */
export type ProductValue = string | number | boolean | null;
export type ProductValues = Record<ProductField, ProductValue>;

/** The category whose products need a type and a limit of insurance. */
export const INSURANCE = 1;

/** The prices as people look for them, by the name of a group and, within it, of a price. */
export const PRICES: Record<string, Partial<Record<ProductField, string>>> = {
  General: { generalPrice: "Everybody", assocPrice: "Associates" },
  "Occupational therapists": {
    otStuPrice: "Student",
    otNgPrice: "New graduate",
    otPrPrice: "Practitioner",
    otNpPrice: "Non-practitioner",
    otRetPrice: "Retired",
    otLifePrice: "Life",
  },
  "Occupational therapist assistants": {
    otaStuPrice: "Student",
    otaNgPrice: "New graduate",
    otaPrPrice: "Practitioner",
    otaNpPrice: "Non-practitioner",
    otaRetPrice: "Retired",
    otaLifePrice: "Life",
  },
  Affiliates: { affPrimPrice: "Primary", affPremPrice: "Premium" },
};

export const PRICE_FIELDS = Object.values(PRICES).flatMap(
  (prices) => Object.keys(prices) as ProductField[],
);

/** What the first step asks for. */
export const DETAIL_FIELDS = [
  "productName",
  "productCode",
  "productDescription",
  "productCategory",
  "productGlCode",
  "productYear",
  "insuranceType",
  "insuranceLimit",
  "startDate",
  "endDate",
  "productPicture",
  "productAdditionalInfo",
  "postPurchaseInfo",
] as const satisfies readonly ProductField[];

/** How it is sold: the second step. */
export const SALE_FIELDS = [
  ...PRICE_FIELDS,
  "taxes",
  "shipping",
  "inventory",
  "productStatus",
  "userType",
  "privilege",
  "accessModifiers",
  "activeMembershipOnly",
] satisfies readonly ProductField[];

/** Whether a field has to do with a product: insurances alone have a type and a limit. */
export function isAsked(name: ProductField, { productCategory }: Partial<ProductValues>): boolean {
  return productCategory === INSURANCE || !name.startsWith("insurance");
}

/** The body of a product: texts trimmed, and without what was left empty or is not asked for. */
export function productInput(values: Partial<ProductValues>): ProductInput {
  const given = Object.entries(values).flatMap(([name, value]) => {
    const kept = typeof value === "string" ? value.trim() : value;
    return isAbsent(kept) || !isAsked(name as ProductField, values) ? [] : [[name, kept]];
  });
  return Object.fromEntries(given) as ProductInput;
}

/** What is wrong with fields beside others; what is wrong with one alone is told by its own rules. */
export function problemsAcross(
  values: Partial<ProductValues>,
): Partial<Record<ProductField, string>> {
  const { startDate, endDate, insuranceType, insuranceLimit } = values;
  const isInsurance = values.productCategory === INSURANCE;
  return {
    ...(PRICE_FIELDS.every((name) => isAbsent(values[name])) && {
      generalPrice: "Give at least one price. 0 is free.",
    }),
    ...(startDate && endDate && endDate < startDate && {
      endDate: "The last day must not be before the first.",
    }),
    ...(isInsurance && isAbsent(insuranceType) && {
      insuranceType: "An insurance needs its type.",
    }),
    ...(isInsurance && isAbsent(insuranceLimit) && {
      insuranceLimit: "An insurance needs its limit.",
    }),
  };
}

/** Whether somebody has given a value for something, rather than left it as it was. */
export function isAbsent(value: ProductValue | undefined): boolean {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

export const ABOUT_CODE = "Unique. It is stored in upper case.";

/** Codes are stored and compared like this. */
export function normalisedCode(value: ProductValue | undefined): string {
  return typeof value === "string" ? value.trim().toUpperCase() : "";
}
