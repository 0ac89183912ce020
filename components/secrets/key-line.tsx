'use client';

import { useQuery } from '@tanstack/react-query';
import type { KeyRotation } from '@/contract/secret';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Notice } from '@/components/ui/notice';
import { Section } from '@/components/ui/section';

/** While a change of the key goes on, its numbers move. */
const LOOK_MS = 5_000;

/** For administrators: which key of the install seals everything, and how far a change of it has come. */
export function KeyLine() {
  const trpc = useTRPC();
  const rotation = useQuery(trpc.secrets.keyRotation.queryOptions(undefined, { refetchInterval: LOOK_MS }));
  return (
    <Section title="Key of this install" note="Seals everybody’s secrets. The key itself is in ANYON_SECRET_KEY, or in the data directory as keys/secret-key. Keep a copy of it: without it no secret can be read.">
      <Loaded query={rotation} height="h-11">
        {(data) => <RotationNotice {...data} />}
      </Loaded>
    </Section>
  );
}

function RotationNotice({ currentKeyId, versions, onCurrentKey }: KeyRotation) {
  if (onCurrentKey === versions) {
    return (
      <Notice>
        {versions === 0 ? 'Nothing is stored yet. Values will be' : `Stored values: ${versions}, all`} sealed with the key <code className="font-mono">{currentKeyId}</code>. No older key is needed.
      </Notice>
    );
  }
  return (
    <Notice kind="waiting">
      {onCurrentKey} of {versions} stored values are sealed with the key <code className="font-mono">{currentKeyId}</code>. The others need an older one: run <code className="font-mono">npm run rotate-keys</code> on the server, and keep the older key until it is done.
    </Notice>
  );
}
