import { describe, expect, it } from 'vitest';
import { draftOf, plainSettings, readDraft, type Settings } from '@/components/settings/settings-draft';

const chosen: Settings = {
  limits: { memoryBytes: 1.5 * 1024 ** 3, cpus: 0.5, pids: 512, diskBytes: 20 * 1024 ** 3 },
  image: 'ghcr.io/one/image:2',
  egress: { level: 'allow-list', hosts: ['example.com', '*.example.org'] },
  recovery: { maxRetries: 0, backoffSeconds: 30, fallback: 'ignore' },
  setupScript: 'npm ci\n',
  idleStopMinutes: 45,
};

describe('settings while they are edited', () => {
  it.each([['plain', plainSettings], ['chosen', chosen]])('come back the same: %s', (_name, settings) => {
    expect(readDraft(draftOf(settings))).toEqual({ settings, problems: {} });
  });

  it('take a comma for a point and hosts in any order of lines, spaces and commas', () => {
    const { settings } = readDraft({ ...draftOf(plainSettings), memoryGib: '2,5', egressHosts: ' Example.com, a.dev\n\n*.b.dev ' });
    expect([settings?.limits.memoryBytes, settings?.egress.hosts]).toEqual([2.5 * 1024 ** 3, ['example.com', 'a.dev', '*.b.dev']]);
  });

  it.each([
    [{ memoryGib: '0.1' }, 'limits.memoryBytes', 'A workspace needs at least 512 MiB of memory.'],
    [{ memoryGib: '' }, 'limits.memoryBytes', 'Enter a number.'],
    [{ pids: 'many' }, 'limits.pids', 'Enter a number.'],
    [{ image: '-oh' }, 'image', 'This is not the name of an image, such as anyon-claude:latest.'],
    [{ egressHosts: 'good.dev\nhttp://bad' }, 'egress.hosts', 'http://bad: Enter a host name such as registry.npmjs.org, or *.example.com for all hosts below it.'],
    [{ maxRetries: '21' }, 'recovery.maxRetries', 'At most 20 tries.'],
    [{ idleStopMinutes: '2' }, 'idleStopMinutes', 'At least 5 minutes.'],
  ])('say what is wrong with %o', (change, field, sentence) => {
    const { settings, problems } = readDraft({ ...draftOf(plainSettings), ...change });
    expect([settings, problems]).toEqual([null, { [field]: sentence }]);
  });
});
