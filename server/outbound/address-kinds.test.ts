import os from 'node:os';
import { describe, expect, it } from 'vitest';
import { addressKind } from '@/server/outbound/address-kinds';

const none: ReadonlySet<string> = new Set();

describe('addressKind (ISO-04, ISO-07)', () => {
  it.each(['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.0', '100.63.255.255', '100.128.0.0', '169.253.255.255', '2606:4700::1111', '192.167.255.255', '11.0.0.1'])('%s is public', (address) => {
    expect(addressKind(address, none)).toBe('public');
  });

  it.each(['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '100.127.255.255', '198.18.0.1', 'fc00::1', 'fdff::1', '::ffff:10.0.0.1', '::ffff:c0a8:101'])('%s is private', (address) => {
    expect(addressKind(address, none)).toBe('private');
  });

  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '239.255.255.255',
    '255.255.255.255',
    '::1',
    '::',
    '::7f00:1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '0:0:0:0:0:ffff:7f00:1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    'localhost',
    '',
  ])('%s is forbidden', (address) => {
    expect(addressKind(address, none)).toBe('forbidden');
  });

  it('counts the addresses of this machine as private', () => {
    expect(addressKind('1.1.1.1', new Set(['1.1.1.1']))).toBe('private');
    const own = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).filter(({ internal }) => !internal);
    for (const { address } of own) expect(addressKind(address)).not.toBe('public');
  });
});
