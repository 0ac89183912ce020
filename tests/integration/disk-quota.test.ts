import { describe, expect, it } from 'vitest';
import { runUnderOtherKernel } from '@/tests/setup/other-kernel';
import type { QuotaAnswer } from '@/tests/setup/quota-program';

/** Test machines seldom have a kernel with quotas, so the product's own code runs under one that has. */
const MIB = 1024 ** 2;
const program = 'tests/setup/quota-program.ts';

const fileSystems = [
  { name: 'ext4', makeFileSystem: ['mkfs.ext4', '-q', '-O', 'project,quota', '-E', 'quotatype=prjquota'], mount: ['-t', 'ext4', '-o', 'prjquota'], modules: ['fs/quota/quota_tree', 'fs/quota/quota_v2'] },
  { name: 'xfs', makeFileSystem: ['mkfs.xfs', '-q'], mount: ['-t', 'xfs', '-o', 'prjquota'], modules: [] },
] as const;

const answers = new Map<string, Promise<QuotaAnswer>>();

/** One run for each kind of file system. */
function answerOn(fileSystem: (typeof fileSystems)[number]): Promise<QuotaAnswer> {
  const answer = answers.get(fileSystem.name) ?? runUnderOtherKernel<QuotaAnswer>({ program, ...fileSystem });
  answers.set(fileSystem.name, answer);
  return answer;
}

// User Mode Linux exists for this processor only.
describe.skipIf(process.arch !== 'x64')('ISO-09 disk quota', () => {
  it.each(fileSystems)('on $name a workspace that writes until its disk is full harms nobody else', async (fileSystem) => {
    const answer = await answerOn(fileSystem);
    expect(answer.support).toEqual({ supported: true, reason: expect.stringContaining(fileSystem.name) as string });

    // Within 5 % of the limit, with the right error, and the host lost no more than that.
    expect(answer.full.error).toMatch(/No space left on device|Disk quota exceeded/);
    expect(answer.full.bytes).toBeGreaterThan(19 * MIB);
    expect(answer.full.bytes).toBeLessThanOrEqual(20 * MIB);
    expect(answer.hostLostBytes).toBeLessThanOrEqual(21 * MIB);
    expect(answer.other).toEqual({ bytes: 8 * MIB, error: '' });
    expect(answer.otherWhileFull).toEqual({ bytes: 32 * MIB, error: '' });

    expect(answer.use.limited).toBeGreaterThan(19 * MIB);
    expect(answer.use.limited).toBeLessThanOrEqual(20 * MIB);
    expect(answer.use.free).toBeGreaterThanOrEqual(40 * MIB);
    expect(answer.use.free).toBeLessThan(42 * MIB);

    // Changed later: up, down below what is used, and away.
    expect(answer.raised.bytes).toBeGreaterThan(8 * MIB);
    expect(answer.raised.bytes).toBeLessThanOrEqual(10 * MIB);
    expect(answer.lowered.error).not.toBe('');
    expect(answer.lifted).toEqual({ bytes: 16 * MIB, error: '' });
  });

  it.each(fileSystems)('on $name what was there before is marked too, with a number that nobody else has', async (fileSystem) => {
    const { ids, marked } = await answerOn(fileSystem);
    expect(new Set(ids).size).toBe(4);
    expect(Math.min(...ids)).toBeGreaterThanOrEqual(2 ** 30);
    expect(marked).toEqual({ old: ids[0], oldFolder: ids[0] });
  });

  it.each(fileSystems)('on $name it can be evaded by who sets out to, which the measurement sees', async (fileSystem) => {
    const { evaded } = await answerOn(fileSystem);
    expect(evaded.exitCode).toBe(0);
    expect((evaded.measured ?? 0) - (evaded.counted ?? 0)).toBeGreaterThan(19 * MIB);
  });

  it.each(['required', 'auto'])('where the file system was not prepared that is said, and a limit is refused only if it is required (%s)', async (required) => {
    const answer = await runUnderOtherKernel<QuotaAnswer>({ program, makeFileSystem: ['mkfs.ext4', '-q'], mount: ['-t', 'ext4'], modules: [], environment: { ANYON_DISK_QUOTA: required } });
    expect(answer.support).toEqual({ supported: false, reason: expect.stringMatching(/mounted without project quotas.*prjquota.*tune2fs -O project,quota/) as string });
    if (required === 'auto') expect(answer.refusal).toBeNull();
    else expect(answer.refusal).toMatch(/cannot hold it to that\..*mounted without project quotas.*take the limit away/);
  });
});
