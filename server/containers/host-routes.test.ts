import { expect, it } from 'vitest';
import { parseRoutes, routedElsewhere } from '@/server/containers/host-routes';

const table = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'tun0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0',
  'anb342o3e93ab68\t9037D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0',
  'eth0\t0000D60A\t010200C0\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0',
  '',
].join('\n');

it('reads the routes that need no gateway, whether their interface has a link or not', () => {
  expect(parseRoutes(table)).toEqual([
    { range: '10.0.0.0/8', device: 'tun0' },
    { range: '10.213.55.144/28', device: 'anb342o3e93ab68' },
  ]);
  expect(parseRoutes('')).toEqual([]);
  expect(parseRoutes('Iface\nnonsense\n')).toEqual([]);
});

it('names what a network cannot have: its own bridge and what holds the whole pool are not in its way', () => {
  const routes = parseRoutes(table);
  expect(routedElsewhere(routes, '10.213.0.0/16', 'anb342oother')).toEqual(['10.213.55.144/28']);
  expect(routedElsewhere(routes, '10.213.0.0/16', 'anb342o3e93ab68')).toEqual([]);
});
