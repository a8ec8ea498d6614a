import { useWatch } from "react-hook-form";
import { AudienceFields } from "../AudienceFields";
import { AudiencePreview } from "../AudiencePreview";
import type { Wizard } from "./useWizard";

/** Who will see it. */
export function AudienceStep({ wizard }: { wizard: Wizard }) {
  const { control } = wizard.forms.audience;
  const fields = wizard.fields.audience;
  const values = useWatch({ control });
  return (
    <div className="audience-step">
      <AudiencePreview values={values} fields={fields.all} />
      <AudienceFields control={control} fields={fields} />
    </div>
  );
}
