export default {
  input: "document.json",
  output: "client",
  plugins: [
    "@hey-api/client-fetch",
    "@hey-api/sdk",
    { name: "@hey-api/typescript", enums: "javascript" },
  ],
};
