import { Button } from "react-aria-components";
import type { OtherText } from "./KeptTexts";

interface OtherTextsProps<Text> {
  texts: readonly OtherText<Text>[];
  nameOf: (text: Text) => string;
  onTake: (id: string) => void;
}

const WHEN: Intl.DateTimeFormatOptions = { weekday: "short", hour: "2-digit", minute: "2-digit" };

/** Offers what was typed in other tabs, some of which may have crashed or been closed. */
export function OtherTexts<Text>({ texts, nameOf, onTake }: OtherTextsProps<Text>) {
  if (texts.length === 0) return null;
  return (
    <section className="notice" aria-label="Typed in other tabs">
      <p>This was typed in other tabs of this browser:</p>
      <ul className="other-texts">
        {texts.map(({ id, text, savedAt }) => (
          <li key={id}>
            <span>
              <strong>{nameOf(text)}</strong>, {new Date(savedAt).toLocaleString([], WHEN)}
            </span>
            <Button className="button small" onPress={() => onTake(id)}>
              Go on<span className="unseen"> with {nameOf(text)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
