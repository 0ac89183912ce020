import { describe, expect, it } from 'vitest';
import { alertLine, alertText, escapeHtml, escapeSlack } from '@/server/alerts/alert-text';
import type { AlertMessage, MessageEntry } from '@/server/alerts/alert-message';
import { emailText } from '@/server/alerts/channels/email-text';
import { slackPayload } from '@/server/alerts/channels/slack';

const entry: MessageEntry = { id: '1', key: 'k', kind: 'run_failed', severity: 'error', purpose: 'raised', title: 'Title', body: 'Body', link: null, count: 1, raisedAt: new Date(0), settledAt: null, login: null };

describe('texts of alerts', () => {
  it('lose what is more than text, and tokens', () => {
    expect(alertText('\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 a\u0000b\u202ec\nd\te')).toBe('red link abc\nd\te');
    expect(alertText(`key sk-ant-api03-${'x'.repeat(30)} end`)).toBe(`key ${'*'.repeat(43)} end`);
    expect(alertLine('one\r\nBcc: two\u2028three')).toBe('one Bcc: two three');
  });

  it('are escaped for each channel', () => {
    expect(escapeSlack('<!here> <@U1> &lt; <https://a|b>')).toBe('&lt;!here&gt; &lt;@U1&gt; &amp;lt; &lt;https://a|b&gt;');
    expect(escapeHtml(`<img src=x onerror="a" title='b'>&`)).toBe('&#60;img src=x onerror=&#34;a&#34; title=&#39;b&#39;&#62;&#38;');
  });

  it('of a mail are one line in its subject and markup nowhere', () => {
    const { subject, html } = emailText({ id: '1', deployment: 'host', entries: [{ ...entry, title: 'a\r\nTo: b', body: '<script>', link: 'https://host/"><script>' }] });
    expect(subject).toBe('[Anyon] Error: a To: b');
    expect(html).not.toContain('<script>');
  });

  it('of Slack stay within its limits, however long they are and however many', () => {
    const long = { ...entry, title: '<'.repeat(400), body: 'x'.repeat(9_000) };
    const { blocks } = slackPayload({ id: '1', deployment: 'host', entries: [long, ...Array.from({ length: 80 }, () => long)] } as AlertMessage) as { blocks: { text?: { text: string } }[] };
    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(blocks.at(-1)?.text?.text).toBe('And 66 more.');
    for (const one of [long]) {
      const texts = (slackPayload({ id: '1', deployment: 'host', entries: [one] }) as { blocks: { text?: { text: string } }[] }).blocks.map(({ text }) => text?.text.length ?? 0);
      expect(Math.max(...texts)).toBeLessThanOrEqual(3_000);
    }
    const [heading] = (slackPayload({ id: '1', deployment: 'host', entries: [long] }) as { blocks: { text: { text: string } }[] }).blocks;
    expect(heading!.text.text.length).toBeLessThanOrEqual(150);
  });
});
