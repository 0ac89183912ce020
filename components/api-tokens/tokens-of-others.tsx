'use client';

import { useQuery } from '@tanstack/react-query';
import { TokenRow, type ShownToken } from '@/components/api-tokens/token-row';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Card, Section } from '@/components/ui/section';

/** For administrators: everybody else's tokens, which they can revoke and nothing more. */
export function TokensOfOthers({ onRevoke }: { onRevoke: (token: ShownToken) => void }) {
  const trpc = useTRPC();
  const tokens = useQuery(trpc.apiTokens.ofOthers.queryOptions(undefined, { refetchInterval: 60_000 }));
  return (
    <Section title="Tokens of others" note="Each reaches what its own person has, never more. Whoever is disabled loses theirs for good.">
      <Loaded query={tokens} height="h-16">
        {(others) => (
          <Card>
            {others.length === 0 ? (
              <p className="px-4 py-3 text-sm text-ink-soft">Nobody else has a token.</p>
            ) : (
              <ul className="divide-y divide-line">
                {others.map((token) => (
                  <TokenRow key={token.id} token={token} onRevoke={() => onRevoke(token)} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
    </Section>
  );
}
