/** The product's sign and name. */
export function Wordmark() {
  return (
    <span className="flex items-center gap-2 text-lg font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 32 32" className="size-6">
        <rect width="32" height="32" rx="8" className="fill-accent" />
        <circle cx="16" cy="16" r="7.5" fill="none" className="stroke-on-accent" strokeWidth="3" strokeDasharray="36 12" strokeLinecap="round" transform="rotate(-60 16 16)" />
        <circle cx="16" cy="16" r="2.5" className="fill-on-accent" />
      </svg>
      Anyon
    </span>
  );
}
