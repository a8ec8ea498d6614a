import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const SMALLEST = 1024;
const TEXT = /\.(js|css|svg)$/;

/** Puts a gzip file beside each text, which the service sends as it is. */
export function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    // Not before, because other plugins change the files until they are written.
    writeBundle({ dir = "" }, bundle) {
      for (const [name, file] of Object.entries(bundle)) {
        const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
        if (!TEXT.test(name) || source.length < SMALLEST) continue;
        writeFileSync(join(dir, `${name}.gz`), gzipSync(source));
      }
    },
  };
}
