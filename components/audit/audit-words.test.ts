import { describe, expect, it } from 'vitest';
import type { AuditEvent } from '@/contract/audit';
import { actorWords, detailWords, subjectWords } from '@/components/audit/audit-words';

const event = (part: Partial<AuditEvent>): AuditEvent => ({ id: '', at: new Date(), action: 'sign_in', actorLogin: 'ada', subject: 'ada', details: {}, ...part });

describe('an event of the audit log in words', () => {
  it('names who did it, and what it was done to where that is another', () => {
    expect([actorWords(event({})), subjectWords(event({}))]).toEqual(['ada', null]);
    expect(subjectWords(event({ action: 'role_changed', subject: 'grace' }))).toBe('grace');
  });

  it('names the account that was not let in, or nobody; what Anyon does itself is Anyon’s', () => {
    const refused = event({ action: 'sign_in_refused', actorLogin: null, subject: 'mallory' });
    expect([actorWords(refused), subjectWords(refused)]).toEqual(['mallory', null]);
    expect(actorWords(event({ action: 'sign_in_refused', actorLogin: null, subject: null }))).toBe('Somebody');
    expect(actorWords(event({ action: 'secret_injected', actorLogin: null }))).toBe('Anyon');
  });

  it('has a sentence for a reason and words for the way in; a reason that is a sentence stays', () => {
    expect(detailWords(event({ details: { reason: 'pat-unknown', via: 'pat', sessionsEnded: 2, run: null } }))).toEqual([
      { name: 'reason', value: 'GitHub does not know this token, or it has expired. Make a new one and try again.' },
      { name: 'by', value: 'GitHub token' },
      { name: 'sessions ended', value: '2' },
    ]);
    expect(detailWords(event({ details: { reason: 'Revoked on GitHub.' } }))).toEqual([{ name: 'reason', value: 'Revoked on GitHub.' }]);
  });
});
