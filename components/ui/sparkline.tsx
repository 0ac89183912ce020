import { clsx } from 'clsx';

const width = 48;
const height = 16;

/** A small line of the last values, from 0 to `top`; for the eye only, the number stands beside it. Shorter histories begin further right. */
export function Sparkline({ values, top, slots, className }: { values: readonly number[]; top: number; slots: number; className?: string }) {
  const step = width / (slots - 1);
  const shown = values.slice(-slots);
  const points = shown.map((value, index) => {
    const x = width - (shown.length - 1 - index) * step;
    const y = height - 1 - Math.min(1, top > 0 ? value / top : 0) * (height - 2);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg aria-hidden viewBox={`0 0 ${width} ${height}`} className={clsx('h-4 w-12 shrink-0 overflow-visible', className)}>
      {points.length > 0 && <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} className="stroke-line" strokeWidth="1" />}
      {points.length > 1 && <polyline points={points.join(' ')} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" />}
    </svg>
  );
}
