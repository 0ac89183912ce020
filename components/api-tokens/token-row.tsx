'use client';

import { Trash2 } from 'lucide-react';
import type { ApiTokenOfPerson, ApiTokenView } from '@/contract/api-token';
import { scopesInWords } from '@/components/api-tokens/scope-words';
import { IconButton } from '@/components/ui/button';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';
import { useAtTime } from '@/components/ui/use-at-time';

export type ShownToken = ApiTokenView & Partial<Pick<ApiTokenOfPerson, 'owner'>>;

/** Name, what it may do, when and from where it was used, and when it ends. */
export function TokenRow({ token, onRevoke }: { token: ShownToken; onRevoke: () => void }) {
  const hasExpired = useAtTime((now) => token.expiresAt.getTime() <= now);
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 text-sm md:items-center">
      <div className="flex min-w-0 flex-1 flex-col gap-x-4 md:grid md:grid-cols-[minmax(0,5fr)_minmax(0,3fr)_minmax(0,4fr)_minmax(0,4fr)] md:items-center">
        <span className="font-medium [overflow-wrap:anywhere]">
          {token.name}
          {token.owner && <span className="block font-normal text-ink-soft">{token.owner.login}</span>}
        </span>
        <span className="text-ink-soft">{scopesInWords(token.scopes)}</span>
        <span className="text-ink-soft">{token.lastUsedAt === null ? 'Never used' : <LastUse at={token.lastUsedAt} from={token.lastUsedFrom} />}</span>
        {hasExpired ? <span className="text-state-failed">Expired <RelativeTime date={token.expiresAt} /></span> : <span className="text-ink-soft">Ends <TimeUntil date={token.expiresAt} /></span>}
      </div>
      <IconButton label={`Revoke ${token.name}`} onClick={onRevoke}>
        <Trash2 aria-hidden />
      </IconButton>
    </li>
  );
}

function LastUse({ at, from }: { at: Date; from: string | null }) {
  return (
    <>
      Used <RelativeTime date={at} />
      {from && <span className="block text-xs text-ink-faint [overflow-wrap:anywhere]">from {from}</span>}
    </>
  );
}
