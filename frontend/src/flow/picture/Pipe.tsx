import type { Pace } from "./pace";

interface PipeProps {
  /** Kinds of what comes in, where it is more than one. */
  from?: readonly string[];
  /** Of each that comes in. */
  paces: readonly Pace[];
}

/** A connection of two places, with dots that move as messages do. It has no words. */
export function Pipe({ from = ["all"], paces }: PipeProps) {
  const starts = from.map((_, n) => (100 * (n + 0.5)) / from.length);
  return (
    <li className="pipe" aria-hidden="true">
      <Lines kinds={from} paces={paces} className="across">
        {starts.map((y) => `M0 ${y}C55 ${y} 45 50 100 50`)}
      </Lines>
      <Lines kinds={from} paces={paces} className="down">
        {starts.map((x) => `M${x} 0C${x} 55 50 45 50 100`)}
      </Lines>
    </li>
  );
}

interface LinesProps {
  kinds: readonly string[];
  paces: readonly Pace[];
  className: string;
  /** Paths in a box of 100 by 100. */
  children: readonly string[];
}

function Lines({ kinds, paces, className, children }: LinesProps) {
  return (
    <svg className={className} viewBox="0 0 100 100" preserveAspectRatio="none">
      {children.map((path, n) => (
        <g key={path} className={`${kinds[n]} ${paces[n]}`}>
          <path className="pipe-line" d={path} />
          <path className="pipe-dots" d={path} />
        </g>
      ))}
    </svg>
  );
}
