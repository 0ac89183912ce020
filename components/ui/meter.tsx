import { clsx } from 'clsx';

export interface MeterPart {
  label: string;
  /** In the unit of `total`. */
  value: number;
  /** The value in words. */
  words: string;
  look: 'reserve' | 'used' | 'other' | 'good' | 'bad' | 'free';
}

const looks: Record<MeterPart['look'], string> = {
  reserve: 'bg-state-stopped',
  used: 'bg-accent',
  other: 'bg-state-unknown',
  good: 'bg-state-succeeded',
  bad: 'bg-state-failed',
  free: 'bg-line',
};

/** What a whole is made of, as one bar with its legend below. The legend says it all in words, so the bar itself is for the eye. */
export function Meter({ total, parts, legend = true }: { total: number; parts: MeterPart[]; legend?: boolean }) {
  return (
    <div className="flex flex-col gap-2">
      <div aria-hidden className="flex h-2.5 w-full gap-px overflow-hidden rounded-full bg-line">
        {parts.map((part) => (
          <span key={part.label} title={`${part.label}: ${part.words}`} className={clsx('h-full', looks[part.look])} style={{ width: `${total > 0 ? Math.min(100, (part.value / total) * 100) : 0}%` }} />
        ))}
      </div>
      {legend && (
        <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
          {parts.map((part) => (
            <div key={part.label} className="flex items-center gap-1.5">
              <span aria-hidden className={clsx('size-2.5 rounded-sm', looks[part.look])} />
              <dt className="text-ink-soft">{part.label}</dt>
              <dd className="font-medium tabular-nums">{part.words}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** How much of something is done; announced as such. */
export function ProgressBar({ label, done, total, parts }: { label: string; done: number; total: number; parts: MeterPart[] }) {
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done} aria-valuetext={`${done} of ${total}`}>
      <Meter total={total} parts={parts} legend={false} />
    </div>
  );
}
