import type { PersonView } from '@/contract/person';

/** What an administrator can do about another person. */
export type PersonAction = 'make-admin' | 'make-member' | 'sign-out' | 'disable' | 'enable';

interface ActionWords {
  menu: string;
  title: (login: string) => string;
  consequence: string;
  button: string;
  danger: boolean;
}

export const actionWords: Record<PersonAction, ActionWords> = {
  'make-admin': { menu: 'Make administrator', title: (login) => `Make ${login} an administrator?`, consequence: 'Administrators see and change everything: all workspaces, people, alerts and the list of those who may sign in.', button: 'Make administrator', danger: false },
  'make-member': { menu: 'Make member', title: (login) => `Make ${login} a member?`, consequence: 'Members see only their own workspaces and runs. Open pages change within seconds.', button: 'Make member', danger: false },
  'sign-out': { menu: 'Sign out everywhere', title: (login) => `Sign ${login} out everywhere?`, consequence: 'All their browsers are signed out at once. Runs go on, and they may sign in again.', button: 'Sign out', danger: true },
  disable: { menu: 'Disable', title: (login) => `Disable ${login}?`, consequence: 'All their browsers are signed out at once and they cannot sign in again. Runs under way go on; workspaces and work stay.', button: 'Disable', danger: true },
  enable: { menu: 'Enable', title: (login) => `Enable ${login}?`, consequence: 'They can sign in again, if the list below lets them.', button: 'Enable', danger: false },
};

/** The actions that make sense for a person as they are. */
export function actionsFor({ role, disabledAt, liveSessions }: PersonView): PersonAction[] {
  if (disabledAt) return ['enable'];
  return [role === 'admin' ? 'make-member' : 'make-admin', ...(liveSessions > 0 ? (['sign-out'] as const) : []), 'disable'];
}
