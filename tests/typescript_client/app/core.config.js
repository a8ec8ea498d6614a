// The package's core alone, as an app gets it, beside its peers.
export default {
  build: {
    outDir: "core",
    rollupOptions: {
      input: "node_modules/assembly-service-client/dist/index.js",
      external: ["socket.io-client"],
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "core.js" },
    },
  },
};
