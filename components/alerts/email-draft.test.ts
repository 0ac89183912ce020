import { describe, expect, it } from 'vitest';
import { setAlertChannelInput } from '@/contract/alert';
import { emailDraftOf, emailInputOf } from '@/components/alerts/email-draft';

const stored = { host: 'smtp.example.com', port: 465, security: 'tls', username: 'anyon', from: 'anyon@example.com', to: ['a@example.com', 'b@example.com'] };

describe('the fields of the e-mail channel', () => {
  it('say what is stored, without the password, and lead back to it', () => {
    const draft = emailDraftOf(stored);
    expect(draft).toMatchObject({ port: '465', to: 'a@example.com\nb@example.com', password: '' });
    expect(setAlertChannelInput.parse(emailInputOf(draft))).toEqual({ channel: 'email', enabled: true, ...stored });
  });

  it('begin with STARTTLS when nothing is stored, and take addresses in any spelling of a list', () => {
    const draft = emailDraftOf({});
    expect(draft).toMatchObject({ security: 'starttls', port: '587', host: '' });
    expect(emailInputOf({ ...draft, to: ' a@example.com, b@example.com;\n c@example.com ' }).to).toEqual(['a@example.com', 'b@example.com', 'c@example.com']);
    expect(setAlertChannelInput.safeParse(emailInputOf(draft)).success).toBe(false);
  });

  it.each(['a@example.com\nBcc: x@example.com', 'a@example.com\r\nSubject', 'no address', 'a@'])('refuse %j as an address', (from) => {
    expect(setAlertChannelInput.safeParse({ ...emailInputOf(emailDraftOf(stored)), from }).success).toBe(false);
  });
});
