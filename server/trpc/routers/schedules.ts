import { changeScheduleInput, previewScheduleInput, scheduleFieldsSchema, scheduleIdInput, switchScheduleInput } from '@/contract/schedule';
import { previewPattern } from '@/server/runs/schedules/pattern';
import { changeSchedule, createSchedule, listSchedules, removeSchedule, runScheduleNow, switchSchedule } from '@/server/runs/schedules/schedules';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

export const schedulesRouter = router({
  list: procedure.member.query(async ({ ctx }) => listSchedules(ctx.actor)),
  preview: procedure.member.input(previewScheduleInput).query(({ input }) => previewPattern(input.pattern, input.timezone)),
  create: procedure.member.input(scheduleFieldsSchema).mutation(async ({ ctx, input: { workspaceId, ...fields } }) => createSchedule(await requireWorkspaceAccess(ctx.actor, workspaceId), fields)),
  change: procedure.member.input(changeScheduleInput).mutation(async ({ ctx, input: { scheduleId, ...fields } }) => changeSchedule(ctx.actor, scheduleId, fields)),
  switch: procedure.member.input(switchScheduleInput).mutation(async ({ ctx, input }) => switchSchedule(ctx.actor, input.scheduleId, input.enabled)),
  runNow: rateLimited('run start').input(scheduleIdInput).mutation(async ({ ctx, input }) => runScheduleNow(ctx.actor, input.scheduleId)),
  remove: procedure.member.input(scheduleIdInput).mutation(async ({ ctx, input }) => removeSchedule(ctx.actor, input.scheduleId)),
});
