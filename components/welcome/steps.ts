export const steps = ['machine', 'people', 'github', 'claude', 'workspace'] as const;
export type Step = (typeof steps)[number];
