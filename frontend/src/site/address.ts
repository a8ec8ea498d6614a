/** The path below which the service is seen, as in `/assembly`; mostly empty. */
export const publicPath = said("public-path");

/** Whether the service has the calls of the local mode. */
export const isLocalMode = said("local-mode") === "true";

/** Whether the service has any draft system. */
export const hasDrafts = said("drafts") === "true";

/** Whether the service has only the pages of the flow here: this is the operators' port. */
export const isFlowAlone = said("flow-alone") === "true";

/** Whether the service has nothing at the address that was opened, whatever the router says. */
export const isMissing = said("missing") === "true";

/** The address of a call or a file of the service. */
export function serviceUrl(path: string): string {
  return `${publicPath}${path}`;
}

/** What the service says to the page in its head. */
function said(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}
