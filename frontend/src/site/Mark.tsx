/** Two halves that make one. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <path className="mark-left" d="M15 4a12 12 0 0 0 0 24z" />
      <path className="mark-right" d="M17 4a12 12 0 0 1 0 24z" />
    </svg>
  );
}
