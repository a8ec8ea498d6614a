import { useState, type CSSProperties } from "react";
import { Mark } from "../site/Mark";

interface PictureProps {
  src: string;
  /** Whose picture it is: until it is there, its first letter is, on a colour of its own. */
  title: string;
  alt: string;
}

/** A thumbnail that keeps its shape, whether it loads or not. */
export function Picture({ src, title, alt }: PictureProps) {
  const [lost, setLost] = useState("");
  return (
    <div className="picture" style={{ "--hue": hueOf(title) } as CSSProperties}>
      <span className="picture-initial" aria-hidden="true">
        {/\p{L}|\p{N}/u.exec(title)?.[0].toLocaleUpperCase() ?? <Mark />}
      </span>
      {lost !== src && (
        <img
          src={src}
          alt={alt}
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
          onError={() => setLost(src)}
        />
      )}
    </div>
  );
}

function hueOf(title: string): number {
  let hash = 0;
  for (const character of title) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
