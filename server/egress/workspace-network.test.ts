import { beforeEach, describe, expect, it } from 'vitest';
import { egressAddress, egressEnvironment, workspaceDns, workspaceNetworkSpec } from '@/server/egress/workspace-network';
import { changeEnvironment } from '@/tests/setup/test-environment';

beforeEach(() => changeEnvironment({ ANYON_INSTANCE: 'one', ANYON_EGRESS_URL: 'http://172.17.0.1:9001' }));

describe('the network of a workspace', () => {
  it('has a bridge whose name says of which install and level it is, in the 15 characters there are', () => {
    const bridges = (['open', 'allow-list', 'none'] as const).map((egressLevel) => workspaceNetworkSpec({ id: 'a', egressLevel }).bridge);
    expect(bridges[0]).toMatch(/^an[0-9a-f]{4}o[0-9a-f]{8}$/);
    expect(bridges[1]).toMatch(/^an[0-9a-f]{4}r[0-9a-f]{8}$/);
    expect(bridges[2]).toBe(bridges[1]);
  });

  it('begins otherwise in another install', () => {
    const { bridge } = workspaceNetworkSpec({ id: 'a', egressLevel: 'open' });
    changeEnvironment({ ANYON_INSTANCE: 'two' });
    expect(workspaceNetworkSpec({ id: 'a', egressLevel: 'open' }).bridge.slice(0, 6)).not.toBe(bridge.slice(0, 6));
  });

  it('has name servers only where everything public is open', () => {
    expect(workspaceDns({ id: 'a', egressLevel: 'open' })).toEqual([]);
    for (const egressLevel of ['allow-list', 'none'] as const) expect(workspaceDns({ id: 'a', egressLevel })).toEqual(['127.0.0.1']);
  });
});

describe('the way to the proxy', () => {
  it('is told to programs in every spelling they read', () => {
    expect(egressAddress()).toEqual({ host: '172.17.0.1', port: 9001 });
    expect(egressEnvironment()).toMatchObject({ HTTP_PROXY: 'http://172.17.0.1:9001', https_proxy: 'http://172.17.0.1:9001', NO_PROXY: expect.stringContaining('localhost') as string });
  });

  it('must be known', () => {
    changeEnvironment({ ANYON_EGRESS_URL: undefined });
    expect(() => egressEnvironment()).toThrow(/npm run up/);
  });
});
