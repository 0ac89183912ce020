'use client';

import { useQuery } from '@tanstack/react-query';
import type { WorkspaceView } from '@/contract/workspace';
import { useIsAdmin } from '@/components/frame/person-context';
import { DifferenceTable } from '@/components/system/difference-table';
import { TaskList } from '@/components/tasks/task-list';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { RelativeTime } from '@/components/ui/relative-time';
import { Section } from '@/components/ui/section';
import { EgressRefusals } from '@/components/workspace/egress-refusals';

/** What was done with the workspace, by whom and how it went; what it was refused; what the reconciler found about it. */
export function ActivityTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const isAdmin = useIsAdmin();
  const tasks = useQuery(trpc.tasks.list.queryOptions({ workspaceId: workspace.id, open: false, limit: 50 }, { refetchInterval: 5_000 }));
  return (
    <div className="flex flex-col gap-6 pt-3">
      <Section title="Tasks" note="What was asked of this workspace, newest first.">
        <Loaded query={tasks} height="h-40">
          {(list) => <TaskList tasks={list} empty="Nothing was asked of it yet" />}
        </Loaded>
      </Section>
      <EgressRefusals workspace={workspace} />
      {isAdmin && <DifferencesOf workspaceId={workspace.id} />}
    </div>
  );
}

/** Only when there are any: most workspaces never differ from what the database says. */
function DifferencesOf({ workspaceId }: { workspaceId: string }) {
  const trpc = useTRPC();
  const reports = useQuery(trpc.system.differences.queryOptions());
  const about = (reports.data ?? []).map((report) => ({ ...report, differences: report.differences.filter((difference) => difference.workspaceId === workspaceId) })).filter((report) => report.differences.length > 0);
  if (about.length === 0) return null;
  return (
    <Section title="Differences" note="Where database and machine did not agree about it, and what was done.">
      {about.slice(0, 10).map((report) => (
        <div key={report.at.getTime()} className="flex flex-col gap-1">
          <p className="text-xs text-ink-faint">
            <RelativeTime date={report.at} />
          </p>
          <DifferenceTable differences={report.differences} dryRun={report.dryRun} />
        </div>
      ))}
    </Section>
  );
}
