const DRAFTS = /assembly-service-client\/dist\/drafts\//;
const CORE = /assembly-service-client\/dist\/(?!react\/)/;
const PACKAGES = /node_modules/;

function chunk(id) {
  if (DRAFTS.test(id)) return "drafts";
  if (CORE.test(id)) return "core";
  return PACKAGES.test(id) ? "peers" : undefined;
}

// The parts of the package apart from its peers, so that they can be weighed.
export default {
  build: {
    rollupOptions: {
      input: { app: "index.html", whole: "drafts.ts" },
      preserveEntrySignatures: "strict",
      output: { manualChunks: chunk },
    },
  },
};
