'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { auditActions, type AuditAction } from '@/contract/audit';
import { AuditTable } from '@/components/audit/audit-table';
import { actionWords } from '@/components/audit/audit-words';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC, useTRPCClient } from '@/components/trpc/trpc';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Field, SelectInput, TextInput } from '@/components/ui/field';
import { Card, Section } from '@/components/ui/section';

interface Filter {
  action: AuditAction | '';
  text: string;
}

/** Who did what, newest first: sign-ins, people, secrets, connections, alerts. */
export function AuditTab() {
  const [filter, setFilter] = useState<Filter>({ action: '', text: '' });
  const log = useAuditLog(useDeferredValue(filter));
  const narrowed = filter.action !== '' || filter.text.trim() !== '';
  return (
    <div className="pt-4">
      <Section title="Audit log" note="Sign-ins, people, secrets, connections and alerts. Nothing in it can be changed or removed.">
        <FilterFields filter={filter} onChange={setFilter} />
        <Loaded query={log} height="h-64">
          {({ pages }) => {
            const events = pages.flatMap((page) => page.events);
            return events.length === 0 ? <NoEvents narrowed={narrowed} onClear={() => setFilter({ action: '', text: '' })} /> : <AuditTable events={events} />;
          }}
        </Loaded>
        {log.hasNextPage && (
          <div className="flex justify-center">
            <Button busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              Show older
            </Button>
          </div>
        )}
      </Section>
    </div>
  );
}

function FilterFields({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  return (
    <div className="grid gap-2 sm:grid-cols-2">
      <Field label="What was done" labelHidden>
        {(control) => (
          <SelectInput {...control} value={filter.action} onChange={(event) => onChange({ ...filter, action: event.target.value as Filter['action'] })}>
            <option value="">Everything</option>
            {auditActions.map((action) => (
              <option key={action} value={action}>
                {actionWords[action]}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field label="Name of a person or thing" labelHidden>
        {(control) => <TextInput {...control} type="search" placeholder="Name of a person or thing" maxLength={100} value={filter.text} onChange={(event) => onChange({ ...filter, text: event.target.value })} />}
      </Field>
    </div>
  );
}

function NoEvents({ narrowed, onClear }: { narrowed: boolean; onClear: () => void }) {
  return (
    <Card>
      <EmptyState icon={ScrollText} title={narrowed ? 'Nothing like that' : 'Nothing yet'} action={narrowed && <Button onClick={onClear}>Show everything</Button>}>
        {narrowed ? 'No event matches.' : 'From now on every sign-in and every change to people, secrets and connections stands here.'}
      </EmptyState>
    </Card>
  );
}

function useAuditLog({ action, text }: Filter) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const input = { ...(action && { action }), ...(text.trim() && { text: text.trim() }) };
  return useInfiniteQuery({
    queryKey: [...trpc.audit.list.queryKey(input), 'pages'],
    queryFn: ({ pageParam, signal }) => client.audit.list.query({ ...input, ...(pageParam && { after: pageParam }) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ events, more }) => (more ? events.at(-1)?.id : undefined),
  });
}
