import type { OpenApiDocument } from "./queries";

/** A draft system, as pages name it and as operators switch it on. */
export interface DraftSystem {
  readonly name: string;
  /** What its pages begin with. */
  readonly path: RegExp;
  readonly setting: string;
  /** A schema that the service's document has if it has the system. */
  readonly schema: string;
  /** The call that its drafts begin with. */
  readonly begins: string;
  readonly whoMay: string;
}

export const SYSTEMS: readonly DraftSystem[] = [
  {
    name: "product drafts",
    path: /^\/drafts\/products?(\/|$)/,
    setting: "PRODUCT_DRAFTS",
    schema: "ProductInput",
    begins: "/private/products/orchestrate/session/create",
    whoMay: "Only people with the privilege Admin or Main prepare products.",
  },
  {
    name: "project drafts",
    path: /^\/drafts\/projects?(\/|$)/,
    setting: "PROJECT_SESSIONS",
    schema: "ProjectData",
    begins: "/api/project-session",
    whoMay: "A project belongs to whoever began it.",
  },
  {
    name: "education registration",
    path: /^\/drafts\/education(\/|$)/,
    setting: "EDUCATION_REGISTRATION",
    schema: "EducationInput",
    begins: "/ot-education/orchestrator/stage",
    whoMay:
      "Owners register themselves. People with the privilege Admin or Main register anyone of their" +
      " organisation, but Admin may not create the record.",
  },
];

/** The system whose pages an address is one of. */
export function systemAt(pathname: string): DraftSystem | undefined {
  return SYSTEMS.find(({ path }) => path.test(pathname));
}

/** Whether its calls are refused without a token, as the settings of the service may say. */
export function needsToken(
  { begins }: DraftSystem,
  { paths }: Pick<OpenApiDocument, "paths">,
): boolean {
  const { security = [] } = paths[begins]?.post ?? {};
  return security.length > 0 && security.every((ways) => Object.keys(ways).length > 0);
}
