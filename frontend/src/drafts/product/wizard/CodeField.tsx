import { useEffect } from "react";
import { Button } from "react-aria-components";
import { type UseFormReturn, useWatch } from "react-hook-form";
import { type Field, problemOf, TextInput } from "../../shared";
import { ABOUT_CODE, normalisedCode, type ProductValues } from "../productForm";
import { useCodeLookup } from "./useCodeLookup";

interface CodeFieldProps {
  form: UseFormReturn<ProductValues>;
  field: Field;
}

/** The code of a product: whether it is free is looked up while it is typed. */
export function CodeField({ form, field }: CodeFieldProps) {
  const { control, setValue, setFocus, trigger } = form;
  const code = normalisedCode(useWatch({ control, name: "productCode" }));
  const isComplete = problemOf({ ...field, isRequired: true }, code) === null;
  const { data, isFetching } = useCodeLookup(code, isComplete);
  const isTaken = isComplete && data?.isFree === false;

  useEffect(() => {
    if (isTaken) void trigger("productCode");
  }, [isTaken, code, trigger]);

  function take(proposal: string) {
    setValue("productCode", proposal, { shouldDirty: true, shouldValidate: true });
    setFocus("productCode");
  }

  return (
    <div className="code-field">
      <TextInput control={control} name="productCode" field={field} hint="" />
      <div className="code-lookup" role="status">
        {isTaken && data.proposal !== null ? (
          <Button className="button small" onPress={() => take(data.proposal ?? "")}>
            Use {data.proposal} instead
          </Button>
        ) : (
          !isTaken && <p className="note">{aboutCode()}</p>
        )}
      </div>
    </div>
  );

  function aboutCode(): string {
    if (!isComplete) return ABOUT_CODE;
    if (isFetching) return "Checking whether it is free.";
    return data?.isFree ? `${code} is free.` : "";
  }
}
