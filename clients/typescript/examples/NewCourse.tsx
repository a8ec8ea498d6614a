import { useProductCreation } from "assembly-service-client/drafts";
import { useState } from "react";

export function NewCourse() {
  const { publish, loading, error, result } = useProductCreation();
  const [texts, setTexts] = useState({ productName: "", productCode: "", productDescription: "", productYear: "" });
  const course = { ...texts, productCategory: 4, productGlCode: 14, generalPrice: 120 } as const;
  return (
    <form onSubmit={(event) => (event.preventDefault(), void publish(course))}>
      {Object.keys(texts).map((name) => (
        <label key={name}>
          {name} <input onChange={({ target }) => setTexts({ ...texts, [name]: target.value })} />
          {error?.fields[name]}
        </label>
      ))}
      <button disabled={loading !== null}>Publish</button>
      <p role="status">{result ? `${result.productCode} is published.` : error?.message}</p>
    </form>
  );
}
