'use client';

import { useQuery } from '@tanstack/react-query';
import { BookOpen, KeySquare, Plus } from 'lucide-react';
import { useState } from 'react';
import { CreateTokenDialog } from '@/components/api-tokens/create-token-dialog';
import { RevokeTokenDialog } from '@/components/api-tokens/revoke-token-dialog';
import { TokenRow, type ShownToken } from '@/components/api-tokens/token-row';
import { TokensOfOthers } from '@/components/api-tokens/tokens-of-others';
import { useIsAdmin } from '@/components/frame/person-context';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Card, Section } from '@/components/ui/section';

/** A person's tokens for programs: made, shown once, revoked. Administrators see those of others below. */
export function ApiTokensTab() {
  const trpc = useTRPC();
  const tokens = useQuery(trpc.apiTokens.list.queryOptions(undefined, { refetchInterval: 60_000 }));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ShownToken | null>(null);
  const isAdmin = useIsAdmin();
  const create = (
    <Button size="small" icon={<Plus aria-hidden className="size-3.5" />} onClick={() => setCreating(true)}>
      Create token
    </Button>
  );
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="API tokens" note="For programs that speak to Anyon in your name: scripts, CI, the command line, other agents. A token is shown once, ends by itself, and never reaches accounts, secrets or people." action={create}>
        <Loaded query={tokens} height="h-32">
          {(list) => (
            <Card>
              {list.length === 0 ? (
                <EmptyState icon={KeySquare} title="No API tokens" action={create}>
                  Make one for each program, so that you can revoke one without the others.
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((token) => (
                    <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Loaded>
        <ButtonLink href="/api-reference" size="small" className="self-start" icon={<BookOpen aria-hidden className="size-3.5" />}>
          API reference
        </ButtonLink>
      </Section>
      {isAdmin && <TokensOfOthers onRevoke={setRevoking} />}
      <CreateTokenDialog open={creating} onClose={() => setCreating(false)} />
      <RevokeTokenDialog token={revoking} onClose={() => setRevoking(null)} />
    </div>
  );
}
