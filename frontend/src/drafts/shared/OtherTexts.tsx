import { Button } from "react-aria-components";
import type { OtherText } from "./KeptTexts";

interface OtherTextsProps<Text> {
  texts: readonly OtherText<Text>[];
  nameOf: (text: Text) => string;
  onTake: (id: string) => void;
}

/** Offers what was typed in other tabs, some of which may have crashed or been closed. */
export function OtherTexts<Text>({ texts, nameOf, onTake }: OtherTextsProps<Text>) {
  if (texts.length === 0) return null;
  return (
    <section className="notice" aria-label="Typed in other tabs">
      <p>This was typed in other tabs of this browser, and is not saved:</p>
      <ul className="other-texts">
        {texts.map(({ id, text, savedAt }) => (
          <li key={id}>
            <Button className="button small" onPress={() => onTake(id)}>
              Go on with {nameOf(text)}
            </Button>
            <span className="note">
              typed {new Date(savedAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
