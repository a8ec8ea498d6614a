import { useProductCreation } from "assembly-service-client/drafts";

const COURSE = { productCategory: 4, productGlCode: 14, productYear: "2026", generalPrice: 120 } as const;
const TEXTS = ["productName", "productCode", "productDescription"] as const;
type Texts = Record<(typeof TEXTS)[number], string>;

export function NewCourse() {
  const { addProduct, commit, loading, error, result } = useProductCreation();
  const publish = async (form: HTMLFormElement) => {
    const texts = Object.fromEntries(new FormData(form)) as Texts;
    if (await addProduct({ ...COURSE, ...texts })) await commit();
  };
  return (
    <form onSubmit={(event) => (event.preventDefault(), void publish(event.currentTarget))}>
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
