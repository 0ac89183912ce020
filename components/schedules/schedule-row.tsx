'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Pause, Pencil, Play, Power, Trash2 } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import type { ScheduleView } from '@/contract/schedule';
import { patternInWords } from '@/components/schedules/pattern-words';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { FailureNotice } from '@/components/ui/failure-notice';
import { Menu, MenuItem } from '@/components/ui/menu';
import { RelativeTime, TimeUntil } from '@/components/ui/relative-time';

/** One schedule: what, where, when next, and what came of the last time. */
export function ScheduleRow({ schedule, onEdit }: { schedule: ScheduleView; onEdit: () => void }) {
  const [asking, setAsking] = useState(false);
  const { toggle, runNow, failure } = useScheduleActions(schedule);
  return (
    <li className="flex flex-col gap-1 px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <div className="font-medium [overflow-wrap:anywhere]">
            {schedule.name}
            {!schedule.enabled && <span className="ml-2 rounded-full border border-line px-2 text-xs font-normal text-ink-soft">off</span>}
          </div>
          <p className="line-clamp-2 text-sm text-ink-soft [overflow-wrap:anywhere]">{schedule.prompt}</p>
        </div>
        <Menu label={`Actions for ${schedule.name}`} trigger={<IconButton label={`Actions for ${schedule.name}`}><Ellipsis aria-hidden /></IconButton>}>
          <MenuItem icon={<Play aria-hidden />} onSelect={runNow}>
            Run now
          </MenuItem>
          <MenuItem icon={<Pencil aria-hidden />} onSelect={onEdit}>
            Change…
          </MenuItem>
          <MenuItem icon={schedule.enabled ? <Pause aria-hidden /> : <Power aria-hidden />} onSelect={toggle}>
            {schedule.enabled ? 'Switch off' : 'Switch on'}
          </MenuItem>
          <MenuItem icon={<Trash2 aria-hidden />} danger onSelect={() => setAsking(true)}>
            Remove…
          </MenuItem>
        </Menu>
      </div>
      <Times schedule={schedule} />
      {schedule.lastProblem && <p className="text-sm text-state-needs-you [overflow-wrap:anywhere]">Last time: {schedule.lastProblem}</p>}
      {failure && <FailureNotice message={errorSentence(failure)} kind={errorKind(failure)} />}
      <RemoveDialog schedule={schedule} open={asking} onClose={() => setAsking(false)} />
    </li>
  );
}

function Times({ schedule: { workspace, pattern, timezone, nextRunAt, dueSince, lastRun } }: { schedule: ScheduleView }) {
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-faint">
      <Link href={`/workspaces/${workspace.id}`} className="hover:text-ink hover:underline">
        {workspace.name}
      </Link>
      <span title={`${pattern} (${timezone})`}>{patternInWords(pattern) ?? pattern}, {timezone}</span>
      {dueSince ? (
        <span className="text-state-queued">
          Due since <RelativeTime date={dueSince} />, waits for its workspace
        </span>
      ) : (
        nextRunAt && (
          <span>
            Next <TimeUntil date={nextRunAt} />
          </span>
        )
      )}
      {lastRun && (
        <Link href={`/workspaces/${workspace.id}/runs/${lastRun.id}`} className="hover:text-ink hover:underline">
          Last run #{lastRun.number}, <RelativeTime date={lastRun.at} />
        </Link>
      )}
    </p>
  );
}

function useScheduleActions({ id, enabled }: ScheduleView) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const onSettled = () => void queryClient.invalidateQueries({ queryKey: trpc.schedules.list.queryKey() });
  const toggle = useMutation(trpc.schedules.switch.mutationOptions({ onSettled }));
  const runNow = useMutation(trpc.schedules.runNow.mutationOptions({ onSettled }));
  return {
    toggle: () => toggle.mutate({ scheduleId: id, enabled: !enabled }),
    runNow: () => runNow.mutate({ scheduleId: id }),
    failure: toggle.error ?? runNow.error,
  };
}

function RemoveDialog({ schedule, open, onClose }: { schedule: ScheduleView; open: boolean; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const remove = useMutation(trpc.schedules.remove.mutationOptions({ onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.schedules.list.queryKey() }) }));
  return (
    <Dialog open={open} onClose={onClose} title={`Remove ${schedule.name}?`}>
      <p className="text-ink-soft">It starts nothing any more. Runs that it has started stay.</p>
      {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ scheduleId: schedule.id })}>
          Remove it
        </Button>
      </div>
    </Dialog>
  );
}
