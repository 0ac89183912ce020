import { allowInput, changeRoleInput, disallowInput, personIdInput } from '@/contract/person';
import { allow, disallow, listAllowed } from '@/server/people/allowed-list';
import { changeRole, disablePerson, enablePerson, endSessionsOf } from '@/server/people/change-person';
import { listPeople } from '@/server/people/people-queries';
import { procedure, router } from '@/server/trpc/init';

export const peopleRouter = router({
  list: procedure.admin.query(({ ctx }) => listPeople(ctx.actor)),
  changeRole: procedure.admin.input(changeRoleInput).mutation(({ ctx, input }) => changeRole(ctx.actor, input)),
  disable: procedure.admin.input(personIdInput).mutation(({ ctx, input }) => disablePerson(ctx.actor, input)),
  enable: procedure.admin.input(personIdInput).mutation(({ ctx, input }) => enablePerson(ctx.actor, input)),
  endSessions: procedure.admin.input(personIdInput).mutation(({ ctx, input }) => endSessionsOf(ctx.actor, input)),
  /** Who may sign in. */
  allowed: procedure.admin.query(({ ctx }) => listAllowed(ctx.actor)),
  allow: procedure.admin.input(allowInput).mutation(({ ctx, input }) => allow(ctx.actor, input)),
  disallow: procedure.admin.input(disallowInput).mutation(({ ctx, input }) => disallow(ctx.actor, input)),
});
