interface Guide {
  title: string;
  html: string;
}

const files = import.meta.glob<Guide>("../../../docs/**/*.md");
const titles = import.meta.glob<string>("../../../docs/**/*.md", {
  eager: true,
  import: "title",
  query: "?title",
});

function nameOf(file: string): string {
  return file.replace("../../../docs/", "").replace(/\.md$/, "");
}

/** The name and title of each guide, by title. Decisions have a slash in their names. */
export const guides = Object.entries(titles)
  .map(([file, title]) => ({ name: nameOf(file), title }))
  .sort((one, other) => one.title.localeCompare(other.title, "en"));

/** Loads a guide; null if there is none of this name. */
export async function loadGuide(name: string): Promise<Guide | null> {
  const load = files[`../../../docs/${name}.md`];
  return load === undefined ? null : load();
}
