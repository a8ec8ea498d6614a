import { createDraftClient, DraftClientProvider, useProductCreation } from "assembly-service-client/drafts";

let token: string | null = null;
const client = createDraftClient({
  url: "http://127.0.0.1:3002",
  // Asks once, and again when the service refuses it. `assembly-service token` prints one.
  token: ({ refused }) => (token === refused ? (token = prompt("Token")) : token),
});
const TEXTS = ["productName", "productCode", "productDescription"] as const;

function NewCourse() {
  const { addProduct, commit, loading, error, result } = useProductCreation();
  const publish = async (form: FormData) => {
    const text = (name: (typeof TEXTS)[number]) => String(form.get(name));
    const made = await addProduct({
      productName: text("productName"),
      productCode: text("productCode"),
      productDescription: text("productDescription"),
      ...{ productCategory: 4, productGlCode: 14, productYear: "2026", generalPrice: 120 },
    });
    if (made) await commit();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void publish(new FormData(event.currentTarget));
      }}
    >
      {TEXTS.map((name) => (
        <label key={name}>
          {name} <input name={name} /> {error?.fields[name]}
        </label>
      ))}
      <button disabled={loading !== null}>Publish</button>
      <p role="status">{result ? `${result.productCode} is published.` : error?.message}</p>
    </form>
  );
}

export function App() {
  return (
    <DraftClientProvider client={client}>
      <NewCourse />
    </DraftClientProvider>
  );
}
