import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import type { SystemCheck } from '@/contract/system-status';

const order: SystemCheck['severity'][] = ['failed', 'warning', 'ok'];

/** Each line of the system check, with the fix where one is needed; what is not in order comes first. */
export function CheckList({ checks }: { checks: SystemCheck[] }) {
  const sorted = [...checks].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
      {sorted.map((check) => (
        <CheckRow key={check.name} check={check} />
      ))}
    </ul>
  );
}

const looks = {
  ok: { Icon: CircleCheck, label: 'In order', color: 'text-state-succeeded' },
  warning: { Icon: TriangleAlert, label: 'Warning', color: 'text-state-needs-you' },
  failed: { Icon: CircleX, label: 'Not in order', color: 'text-state-failed' },
} as const;

function CheckRow({ check }: { check: SystemCheck }) {
  const { Icon, label, color } = looks[check.severity];
  return (
    <li className="flex gap-3 px-4 py-3">
      <Icon role="img" aria-label={label} className={`size-5 shrink-0 ${color}`} />
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <div className="font-medium">{check.name}</div>
        <div className="text-sm text-ink-soft">{check.detail}</div>
        {check.fix && (
          <div className="mt-1 text-sm">
            <span className="font-medium">What to do: </span>
            {check.fix}
          </div>
        )}
      </div>
    </li>
  );
}
