const CORE = /assembly-service-client\/dist\/(?!react\/)/;
const PACKAGES = /node_modules/;

function chunk(id) {
  if (CORE.test(id)) return "core";
  return PACKAGES.test(id) ? "peers" : undefined;
}

// The package's core apart from its peers, so that it can be weighed.
export default { build: { rollupOptions: { output: { manualChunks: chunk } } } };
