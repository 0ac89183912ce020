import { expect, it } from 'vitest';
import { firstAddress, freeSubnet, parseRange } from '@/server/containers/address-pool';

it('takes every /28 of a pool once and then has none (ISO-11)', () => {
  const taken: string[] = [];
  for (let subnet = freeSubnet('10.213.0.0/20', taken, 'first'); subnet; subnet = freeSubnet('10.213.0.0/20', taken, String(taken.length))) taken.push(subnet);
  expect(taken).toHaveLength(256);
  expect(new Set(taken).size).toBe(256);
  expect(taken.every((subnet) => /^10\.213\.\d+\.\d+\/28$/.test(subnet))).toBe(true);
  expect(freeSubnet('10.213.0.0/20', taken.slice(1), 'any')).toBe(taken[0]);
});

it('begins at a place of its own for each name', () => {
  const places = new Set(Array.from({ length: 50 }, (_, index) => freeSubnet('10.213.0.0/16', [], `workspace-${index}`)));
  expect(places.size).toBeGreaterThan(45);
});

it('passes by what is taken by larger and by smaller ranges', () => {
  expect(freeSubnet('10.0.0.0/24', ['10.0.0.0/25', '10.0.0.130/31', '10.0.0.144/28'], 'x')).toMatch(/^10\.0\.0\.(160|176|192|208|224|240)\/28$/);
  expect(freeSubnet('10.0.0.0/24', ['10.0.0.0/8'], 'x')).toBeNull();
  expect(freeSubnet('10.0.0.0/24', ['fd00::/64', '', 'nonsense'], 'x')).not.toBeNull();
});

it.each([
  ['10.213.4.20/28', '10.213.4.17'],
  ['172.17.0.0/16', '172.17.0.1'],
  ['255.255.255.240/28', '255.255.255.241'],
  ['fd00::/64', null],
  ['10.0.0.1/32', null],
  ['10.0.0.256/28', null],
])('knows the first address of %s', (subnet, first) => {
  expect(firstAddress(subnet)).toBe(first);
});

it.each(['10.0.0.0', '10.0.0.0/33', '300.0.0.0/8', '10.0.0/8', '::/0'])('takes %s for no IPv4 range', (text) => {
  expect(parseRange(text)).toBeNull();
});
