import type { DraftError } from "assembly-service-client/drafts";

/** Everything that the service says to do about an error. */
export function Suggestions({ error }: { error: DraftError | null }) {
  const suggestions = suggestionsOf(error);
  if (suggestions.length === 0) return null;
  return (
    <div className="suggestions">
      <p>What you can do:</p>
      <ul>
        {suggestions.map((suggestion) => (
          <li key={suggestion}>{suggestion}.</li>
        ))}
      </ul>
    </div>
  );
}

function suggestionsOf(error: DraftError | null): readonly string[] {
  const said = error?.body as { recoverySuggestions?: readonly string[] } | null | undefined;
  return said?.recoverySuggestions ?? [];
}
