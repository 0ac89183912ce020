import { describe, expect, it } from 'vitest';
import type { SystemCheck } from '@/contract/system-status';
import { inOrder, withinPatience } from '@/server/system/check';
import { judgePublicAddress } from '@/server/system/check-address';
import { judgeAddresses, judgePools } from '@/server/system/check-addresses';
import { judgeDatabaseClock, judgeDisk, judgeDiskQuota, judgeMemory, judgeOpenFiles } from '@/server/system/check-host';

const GIB = 1024 ** 3;
const machine = (available: number, total = 16 * GIB) => ({ memory: { total, available: total }, disk: { place: '/data', total: 100 * GIB, available } });

describe('ISO-18 the system check of this machine', () => {
  it.each<[string, SystemCheck, SystemCheck['severity'], RegExp]>([
    ['a roomy disk', judgeDisk(machine(50 * GIB), GIB), 'ok', /50\.0 GiB of 100\.0 GiB free/],
    ['a disk that fills up', judgeDisk(machine(2 * GIB), GIB), 'warning', /refused below 1\.0 GiB/],
    ['a full disk', judgeDisk(machine(GIB / 2), GIB), 'failed', /512 MiB/],
    ['enough memory', judgeMemory(machine(0), 3), 'ok', /about 3 workspaces/],
    ['little memory', judgeMemory(machine(0, GIB), 0), 'failed', /1\.0 GiB/],
    ['open files within the ceiling', judgeOpenFiles(16_384, 20_000), 'ok', /20000/],
    ['open files of an engine elsewhere', judgeOpenFiles(16_384, null), 'ok', /not to be seen/],
    ['ISO-16 open files above the ceiling', judgeOpenFiles(65_536, 20_000), 'failed', /at most 20000/],
    ['disk limits that hold', judgeDiskQuota('auto', { supported: true, reason: 'Project quotas of ext4 at /.' }), 'ok', /ext4/],
    ['disk limits that are measured', judgeDiskQuota('auto', { supported: false, reason: 'The kernel was built without CONFIG_QFMT_V2.' }), 'warning', /measured.*CONFIG_QFMT_V2/],
    ['disk limits that are required and cannot be', judgeDiskQuota('required', { supported: false, reason: 'No.' }), 'failed', /cannot start/],
    ['disk limits switched off', judgeDiskQuota('off', { supported: false, reason: 'Off.' }), 'warning', /ANYON_DISK_QUOTA=off/],
    ['a clock that agrees', judgeDatabaseClock(1_000_000, 1_001_000), 'ok', /agree/],
    ['a clock that does not', judgeDatabaseClock(1_000_000, 1_060_000), 'warning', /off by 59|off by 60/],
    ['an address with TLS', judgePublicAddress('https://anyon.example.com', '127.0.0.1'), 'ok', /with TLS/],
    ['an address without', judgePublicAddress('http://10.0.0.5:3000', '0.0.0.0'), 'warning', /can read sign-ins/],
    ['an address of this machine', judgePublicAddress('http://localhost:3000', '127.0.0.1'), 'ok', /on this machine/],
    ['an address of this machine that is open to all', judgePublicAddress('http://localhost:3000', '0.0.0.0'), 'warning', /all addresses/],
    ['an empty pool', judgeAddresses('10.213.0.0/16', ['172.17.0.0/16']), 'ok', /4096 of 4096/],
    ['a small pool', judgeAddresses('10.213.0.0/24', []), 'warning', /16 of 16/],
    ['a pool that runs out', judgeAddresses('10.213.0.0/20', ['10.213.0.0/21', '10.213.8.0/22', '10.213.12.0/23', '10.213.14.0/24', '10.213.15.0/28']), 'warning', /15 of 256/],
    ['a pool that somebody else has', judgeAddresses('10.213.0.0/20', ['10.0.0.0/8']), 'failed', /0 of 256/],
    ['a pool of its own', judgePools('10.213.0.0/16', { engine: [], networks: ['10.213.0.16/28'], machine: ['lo 127.0.0.1/8', 'eth0 10.212.0.5/24', 'any-1 10.213.0.17/28'] }), 'ok', /Nobody else/],
    ["a pool within the engine's", judgePools('172.20.0.0/16', { engine: [], networks: [], machine: [] }), 'warning', /172\.20\.0\.0\/14/],
    ["a pool within the engine's own choice", judgePools('10.213.0.0/16', { engine: ['10.0.0.0/8'], networks: [], machine: [] }), 'warning', /10\.0\.0\.0\/8/],
    ['a pool in which this machine lives', judgePools('10.213.0.0/16', { engine: [], networks: ['10.213.4.0/28'], machine: ['eth0 10.213.200.5/24'] }), 'failed', /eth0 10\.213\.200\.5\/24/],
  ])('%s', (_what, check, severity, detail) => {
    expect(check.severity).toBe(severity);
    expect(check.detail).toMatch(detail);
    expect(check.fix === null).toBe(severity === 'ok');
  });
});

describe('a check', () => {
  it('that throws or never answers is a failed one, in time', async () => {
    expect(await withinPatience('A', 'fix', () => Promise.reject(new Error('broken')))).toEqual([{ name: 'A', severity: 'failed', detail: 'broken', fix: 'fix' }]);
    const begun = performance.now();
    expect(await withinPatience('B', 'fix', () => new Promise(() => {}))).toEqual([{ name: 'B', severity: 'failed', detail: 'No answer within 2 s.', fix: 'fix' }]);
    expect(performance.now() - begun).toBeLessThan(2_300);
  });

  it('that heeds the signal says why itself', async () => {
    const [check] = await withinPatience('C', 'fix', (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('asked and waited')))));
    expect(check?.detail).toBe('asked and waited');
  });

  it('that answers is passed on', async () => {
    expect(await withinPatience('D', 'fix', async () => [inOrder('D', 'well')])).toEqual([{ name: 'D', severity: 'ok', detail: 'well', fix: null }]);
  });
});
