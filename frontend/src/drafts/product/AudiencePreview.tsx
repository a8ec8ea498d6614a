import type { Field } from "../shared";
import { audienceCount, audienceSentence, type AudienceValues, chosenIn } from "./audience";
import { useMatchMode } from "./useMatchMode";

interface AudiencePreviewProps {
  values: AudienceValues;
  fields: readonly Field[];
}

/** Who will see a product: how many of what are chosen, and what that means. */
export function AudiencePreview({ values, fields }: AudiencePreviewProps) {
  const chosen = chosenIn(values, fields);
  const mode = useMatchMode();
  return (
    <div className="audience-preview">
      <p aria-live="polite">
        <strong>{audienceSentence(chosen, mode)}</strong>
      </p>
      {chosen.length > 0 && (
        <>
          <p className="note">{audienceCount(chosen)}</p>
          <ul>
            {chosen.map(({ title, labels, outOf }) => (
              <li key={title}>
                {title}: {labels.length} of {outOf}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
