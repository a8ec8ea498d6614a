// All of an entry point, to be weighed: an app bundles only what it uses.
export * from "assembly-service-client/drafts";
