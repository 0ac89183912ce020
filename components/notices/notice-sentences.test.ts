import { describe, expect, it } from 'vitest';
import { pastTitle } from '@/components/notices/notice-sentences';

describe('what is past of the watchdog', () => {
  it.each([
    [['told'], 'The watchdog noticed something; nothing had to be done'],
    [['told', 'told', 'told'], 'The watchdog noticed something 3 times; nothing had to be done'],
    [['told', 'nudged'], 'The watchdog interrupted Claude and asked it to go on'],
    [['told', 'nudged', 'restarted', 'told', 'restarted'], 'The watchdog started Claude Code again twice'],
    [['told', 'restarted', 'told', 'ended'], 'The watchdog ended the process'],
  ] as const)('%j is titled by its strongest action', (actions, title) => {
    expect(pastTitle(actions.map((action) => ({ action })))).toBe(title);
  });
});
