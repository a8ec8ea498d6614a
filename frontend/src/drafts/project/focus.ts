/** What was pressed is gone: the focus goes to an input, or where the page begins. */
export function focusOn(input: string | null): void {
  const element = input === null ? null : document.getElementById(input);
  (element ?? document.getElementById("main"))?.focus();
}
