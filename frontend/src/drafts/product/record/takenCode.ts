import { type DraftClient, DraftError, proposeCode } from "assembly-service-client/drafts";

/** Throws the error of a change; where the code is taken, with one that is free. */
export async function withFreeCode(
  client: DraftClient,
  code: unknown,
  error: unknown,
): Promise<never> {
  const taken = error instanceof DraftError ? error.fields["productCode"] : undefined;
  if (!(error instanceof DraftError) || error.status !== 409 || taken === undefined) throw error;
  const free = await proposeCode(client, String(code)).catch(() => null);
  const productCode = `${taken}.${free === null ? "" : ` ${free} is free.`}`;
  const { status, code: word, message, body } = error;
  throw new DraftError({ status, code: word, message, body, fields: { productCode } });
}
