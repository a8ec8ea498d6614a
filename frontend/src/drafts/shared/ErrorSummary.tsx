import type { FieldErrors, FieldValues } from "react-hook-form";

/** Lists what is wrong in a form, with a link to each field. */
export function ErrorSummary<Values extends FieldValues>({ errors }: { errors: FieldErrors<Values> }) {
  const { root, ...atFields } = errors;
  const found = Object.entries(atFields as Record<string, FieldProblem>);
  const others = (root as { service?: FieldProblem } | undefined)?.service?.message;
  if (found.length === 0 && others === undefined) return null;
  return (
    <div className="refusal" role="alert">
      {found.length > 0 && (
        <>
          <p>{found.length === 1 ? "One field has a mistake:" : `${found.length} fields have mistakes:`}</p>
          <ul>
            {found.map(([name, { message, ref }]) => (
              <li key={name}>
                <a
                  href={`#${name}`}
                  onClick={(event) => {
                    event.preventDefault();
                    ref?.focus?.();
                  }}
                >
                  {message}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {others !== undefined && <p>{others}</p>}
    </div>
  );
}

interface FieldProblem {
  readonly message?: string;
  readonly ref?: { readonly focus?: () => void };
}
