import { useId, type ChangeEvent, type FormEvent } from "react";
import { useSearchParams } from "react-router";
import type { Field, FieldSet } from "../../shared";
import { Chevron } from "../../shared/inputs/Chevron";
import { type Filters, searchOf } from "./filters";

interface ProductFilterFormProps {
  fields: FieldSet;
  filters: Filters;
}

/** Chooses which products are listed. The address has what was chosen. */
export function ProductFilterForm({ fields, filters }: ProductFilterFormProps) {
  const [, setSearch] = useSearchParams();
  const code = useId();

  function show(form: HTMLFormElement) {
    const chosen = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    setSearch(searchOf(chosen));
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    show(event.currentTarget);
  }

  function change({ currentTarget: { form } }: ChangeEvent<HTMLSelectElement>) {
    if (form !== null) show(form);
  }

  return (
    <form className="list-filters" role="search" aria-label="Products" onSubmit={submit}>
      <CodeFilter
        name="status"
        field={fields.get("productStatus")}
        value={filters.status}
        onChange={change}
      />
      <CodeFilter
        name="category"
        field={fields.get("productCategory")}
        value={filters.category}
        onChange={change}
      />
      <div>
        <label htmlFor={code}>Code</label>
        <input
          id={code}
          className="input"
          name="code"
          type="search"
          placeholder="The whole code"
          autoComplete="off"
          defaultValue={filters.productCode ?? ""}
        />
      </div>
      <button className="button">Show</button>
    </form>
  );
}

interface CodeFilterProps {
  name: string;
  field: Field;
  value: number | undefined;
  onChange: (event: ChangeEvent<HTMLSelectElement>) => void;
}

function CodeFilter({ name, field, value, onChange }: CodeFilterProps) {
  const id = useId();
  return (
    <div>
      <label htmlFor={id}>{field.title}</label>
      <div className="native-select">
        <select id={id} className="input" name={name} defaultValue={value ?? ""} onChange={onChange}>
          <option value="">All</option>
          {field.codes.map((code) => (
            <option key={code.value} value={code.value}>
              {code.label}
            </option>
          ))}
        </select>
        <Chevron />
      </div>
    </div>
  );
}
