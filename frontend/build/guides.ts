import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { Marked, type Tokens } from "marked";
import type { Plugin } from "vite";

/**
 * Makes a module of each Markdown file below a directory: `title`, and `html` with its pictures.
 * Imported with `?title` it has the title alone.
 *
 * Links among the guides stay links; those to files of the repository become their text, since a
 * running service has no such files to show.
 */
export function guides(directory: string): Plugin {
  return {
    name: "guides",
    transform(markdown, id) {
      const [path = "", query] = id.split("?", 2);
      if (!path.startsWith(`${directory}/`) || !path.endsWith(".md")) return null;
      const title = titleOf(markdown) ?? relative(directory, path);
      const rest = query === "title" ? "" : htmlModule(markdown, path, directory);
      return { code: `export const title = ${JSON.stringify(title)};\n${rest}`, map: null };
    },
  };
}

function titleOf(markdown: string): string | undefined {
  return /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll("`", "");
}

function htmlModule(markdown: string, path: string, directory: string): string {
  const pictures: string[] = [];
  const html = renderer(path, directory, pictures)
    .parse(markdown, { async: false })
    .replace(/<pre>/g, '<pre tabindex="0">')
    .replace(/<table>/g, '<div class="table" tabindex="0"><table>')
    .replace(/<\/table>/g, "</table></div>");
  const imports = pictures.map((file, n) => `import picture${n} from ${JSON.stringify(file)};`);
  const text = JSON.stringify(html).replace(/%PICTURE(\d+)%/g, '" + picture$1 + "');
  return `${imports.join("\n")}\nexport const html = ${text};`;
}

function renderer(path: string, directory: string, pictures: string[]): Marked {
  const here = dirname(path);
  return new Marked({
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        const inner = this.parser.parseInline(tokens);
        return `<h${depth} id="${anchor(text)}" tabindex="-1">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const inner = this.parser.parseInline(tokens);
        const target = linkTarget(href, here, directory);
        return target === null ? inner : `<a href="${target}">${inner}</a>`;
      },
      image({ href, text }: Tokens.Image) {
        pictures.push(resolve(here, href));
        return `<img src="%PICTURE${pictures.length - 1}%" alt="${text}">`;
      },
    },
  });
}

function linkTarget(href: string, here: string, directory: string): string | null {
  if (/^(https?:|#)/.test(href)) return href;
  const [file = "", hash] = href.split("#", 2);
  const target = resolve(here, file);
  if (!target.startsWith(`${directory}/`) || !target.endsWith(".md") || !existsSync(target)) {
    return null;
  }
  // Guides have the same places to each other as their files.
  return file.replace(/\.md$/, "") + (hash === undefined ? "" : `#${hash}`);
}

/** As GitHub names headings, which is how the guides refer to them. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}
