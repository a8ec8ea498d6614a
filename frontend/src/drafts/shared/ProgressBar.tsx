import { Label, ProgressBar as Bar } from "react-aria-components";

export type ProgressTone = "plain" | "waiting" | "good" | "bad";

interface ProgressBarProps {
  percent: number;
  /** What has been reached, in words: colour alone says nothing. */
  label: string;
  tone?: ProgressTone;
}

/** How far a draft has come. */
export function ProgressBar({ percent, label, tone = "plain" }: ProgressBarProps) {
  return (
    <Bar value={percent} className={`progress ${tone}`} valueLabel={`${percent} %`}>
      {({ percentage = 0, valueText }) => (
        <>
          <div className="progress-words">
            <Label>{label}</Label>
            <span>{valueText}</span>
          </div>
          <div className="progress-track">
            <div className="progress-filled" style={{ inlineSize: `${percentage}%` }} />
          </div>
        </>
      )}
    </Bar>
  );
}
