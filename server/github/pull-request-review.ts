import { z } from 'zod';
import type { PullRequestView } from '@/contract/publishing';

/** GET /repos/…/pulls/…/reviews: every review, oldest first. */
export const reviewsSchema = z.array(z.object({ user: z.object({ login: z.string() }).nullish(), state: z.string() }));

/** What the reviewers say, taken together: by the last word of each. A comment takes back neither an approval nor a demand; a dismissal does. */
export function reviewOf(reviews: z.infer<typeof reviewsSchema>, awaited: boolean): PullRequestView['review'] {
  const last = new Map<string, string>();
  for (const { user, state } of reviews) if (user && ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(state)) last.set(user.login, state);
  const words = [...last.values()];
  if (words.includes('CHANGES_REQUESTED')) return 'changes_requested';
  if (words.includes('APPROVED')) return 'approved';
  return awaited ? 'requested' : 'none';
}
