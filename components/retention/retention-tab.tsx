'use client';

import { useQuery } from '@tanstack/react-query';
import { Section } from '@/components/ui/section';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { retentionWords, type RetentionView } from '@/contract/retention';
import { RuleCard } from '@/components/retention/rule-card';
import { sumInWords } from '@/components/retention/rule-words';
import { RelativeTime } from '@/components/ui/relative-time';

/** How long what grows is kept: the rules, what will go by them, and what went. */
export function RetentionTab() {
  const trpc = useTRPC();
  const view = useQuery(trpc.retention.forecast.queryOptions(undefined, { refetchInterval: ({ state }) => (state.data?.isBeingApplied ? 2_000 : 60_000) }));
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Section
        title="What is kept, and for how long"
        note="Applied once an hour. After a change nothing goes for 24 hours, unless you say so. Never touched: conversations that are not over, in which a follow-up or an unsent comment waits, or that somebody keeps (the bookmark on the page of a run)."
      >
        <Loaded query={view} height="h-[32rem]">
          {(loaded) => (
            <ul className="flex flex-col gap-3">
              {loaded.forecasts.map((forecast) => (
                <RuleCard key={forecast.kind} forecast={forecast} bundleKeepDays={loaded.bundleKeepDays} isBeingApplied={loaded.isBeingApplied} />
              ))}
            </ul>
          )}
        </Loaded>
      </Section>
      <Section title="What went" note={view.data && <LastRound view={view.data} />}>
        <Loaded query={view} height="h-24">
          {(loaded) => <Rounds view={loaded} />}
        </Loaded>
      </Section>
    </div>
  );
}

function LastRound({ view: { lastRoundAt, isBeingApplied } }: { view: RetentionView }) {
  if (isBeingApplied) return 'The rules are being applied …';
  if (lastRoundAt === null) return 'The rules have not been applied yet.';
  return (
    <>
      The rules were last applied <RelativeTime date={lastRoundAt} />.
    </>
  );
}

function Rounds({ view: { rounds } }: { view: RetentionView }) {
  if (rounds.length === 0) return <p className="rounded-lg border border-line bg-surface px-4 py-4 text-ink-soft">Nothing has gone yet.</p>;
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface text-sm">
      {rounds.map(({ at, kind, items, bytes, because }) => (
        <li key={`${at.getTime()} ${kind} ${because}`} className="flex flex-wrap items-baseline gap-x-3 px-4 py-2.5">
          <span className="font-medium">{retentionWords[kind].title}</span>
          <span className="text-ink-soft">
            {sumInWords(kind, { items, bytes })}: {because}
          </span>
          <span className="ml-auto text-xs text-ink-faint">
            <RelativeTime date={at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
