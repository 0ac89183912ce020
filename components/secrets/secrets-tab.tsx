'use client';

import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { MAX_SECRETS_PER_PERSON, type SecretView } from '@/contract/secret';
import { useIsAdmin } from '@/components/frame/person-context';
import { KeyLine } from '@/components/secrets/key-line';
import { SecretDialog } from '@/components/secrets/secret-dialog';
import { SecretRow } from '@/components/secrets/secret-row';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { CopyButton } from '@/components/ui/copy-button';
import { EmptyState } from '@/components/ui/empty-state';
import { Card, Section } from '@/components/ui/section';

/** How often the numbers of live runs are asked for. */
const LOOK_MS = 15_000;

/** A person's own secrets: named, replaced, deleted, and never shown again. */
export function SecretsTab() {
  const trpc = useTRPC();
  const isAdmin = useIsAdmin();
  const secrets = useQuery(trpc.secrets.list.queryOptions(undefined, { refetchInterval: LOOK_MS }));
  const [editing, setEditing] = useState<SecretView | 'new' | null>(null);
  const isFull = (secrets.data?.length ?? 0) >= MAX_SECRETS_PER_PERSON;
  const add = (
    <Button size="small" icon={<Plus aria-hidden className="size-3.5" />} disabled={isFull} onClick={() => setEditing('new')}>
      Add secret
    </Button>
  );
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section title="Secrets" note="Values that your runs may read: a token for a package registry, say. They are stored encrypted, masked in everything a run prints, and never shown again." action={add}>
        <Loaded query={secrets} height="h-32">
          {(list) => (
            <Card>
              {list.length === 0 ? (
                <EmptyState icon={KeyRound} title="No secrets" action={add}>
                  Every run that you start from then on gets each of them as a file.
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((secret) => (
                    <SecretRow key={secret.id} secret={secret} onReplace={() => setEditing(secret)} />
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Loaded>
        {isFull && <p className="text-sm text-ink-soft">You have {MAX_SECRETS_PER_PERSON} secrets, which is as many as one person can have.</p>}
      </Section>
      <HowToRead name={secrets.data?.[0]?.name ?? 'NPM_TOKEN'} />
      {isAdmin && <KeyLine />}
      <SecretDialog editing={editing} onClose={() => setEditing(null)} />
    </div>
  );
}

function HowToRead({ name }: { name: string }) {
  const command = `cat "$ANYON_SECRETS_DIR/env/${name}"`;
  return (
    <Section title="How a run reads one" note="As a file with the secret’s name, for as long as the run lives. It is in no environment variable, image or repository. Tell Claude the name where it is needed.">
      <Card className="flex items-center gap-2 py-1.5 pr-2 pl-4">
        <code className="min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">{command}</code>
        <CopyButton label="Copy the command" text={command} />
      </Card>
    </Section>
  );
}
