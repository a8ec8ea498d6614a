const KEY = "assembly-service.sellers";
const MOST = 6;
/** Sellers of the samples. */
const KNOWN = ["home256", "amani_beads", "kampala.kicks"];

/** The sellers whose shops were opened last in this browser, then those of the samples. */
export function recentSellers(): string[] {
  return [...new Set([...remembered(), ...KNOWN])].slice(0, MOST);
}

/** Puts a seller first. */
export function rememberSeller(handle: string): void {
  const handles = [handle, ...remembered().filter((each) => each !== handle)].slice(0, MOST);
  try {
    localStorage.setItem(KEY, JSON.stringify(handles));
  } catch {
    // A browser that keeps nothing shows the known sellers alone.
  }
}

function remembered(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}
