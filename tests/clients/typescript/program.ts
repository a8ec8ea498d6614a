// Takes a product from a new draft to its commit, and prints every answer as JSON.
import {
  addProductToSession,
  commitProductSession,
  configureSessionTarget,
  createProductSession,
  getProductSessionProgress,
  InsuranceType,
  type ProductInput,
  ProductCategory,
  ProductGlCode,
  ProductSessionState,
  Province,
} from "./client";
import { client } from "./client/client.gen";

declare const process: { env: { API_URL: string; API_TOKEN: string } };

const STANDING: Record<ProductSessionState, string> = {
  [ProductSessionState.INITIATED]: "needs a product",
  [ProductSessionState.PRODUCT_ADDED]: "may be committed, for everyone",
  [ProductSessionState.TARGET_CONFIGURED]: "may be committed",
  [ProductSessionState.COMMITTING]: "is being committed",
  [ProductSessionState.COMMITTED]: "is committed",
  [ProductSessionState.FAILED]: "may be committed again",
};
const PRODUCT: ProductInput = {
  productName: "Insurance for clinics",
  productCode: "osot-prd-000123",
  productDescription: "Covers a clinic for a year.",
  productCategory: ProductCategory.INSURANCE,
  productGlCode: ProductGlCode.PROFESSIONAL_INSURANCE_2050,
  productYear: "2026",
  insuranceType: InsuranceType.CORPORATIVE,
  insuranceLimit: 2000000,
  generalPrice: 99.99,
  otStuPrice: null,
};

async function main(): Promise<void> {
  client.setConfig({ baseUrl: process.env.API_URL, auth: process.env.API_TOKEN });
  const called = { throwOnError: true } as const;

  const { data: created } = await createProductSession(called);
  const draft = { ...called, path: { sessionId: created.sessionId } };
  const { error, response } = await commitProductSession({ path: draft.path });
  const refused = { status: response?.status, message: error?.message };
  const { data: added } = await addProductToSession({ ...draft, body: PRODUCT });
  const criteria = { osot_province: [Province.QUEBEC, Province.ONTARIO] };
  const { data: configured } = await configureSessionTarget({ ...draft, body: criteria });
  const { data: result } = await commitProductSession(draft);
  if (!result.success) {
    throw new Error(result.errors.join(": "));
  }
  const { data: progress } = await getProductSessionProgress(draft);
  console.log(
    JSON.stringify({
      refused,
      product: added.product.productCode,
      provinces: configured.audienceTarget.osot_province,
      committed: { productGuid: result.productGuid, targetGuid: result.targetGuid },
      progress,
      standing: STANDING[progress.state],
    }),
  );
}

void main();
