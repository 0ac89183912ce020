import { afterEach, expect, it } from 'vitest';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { ensureNetwork, hostGateway } from '@/server/containers/docker-networks';
import type { NetworkSpec } from '@/server/containers/engine';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

let stub: StubDocker;
afterEach(() => stub.close());

const spec: NetworkSpec = { name: 'anyon-1', labels: { 'anyon.instance': 'x' }, bridge: 'anabcdo12345678', pool: '10.213.0.0/24' };
const wanted = {
  Id: 'f'.repeat(64),
  Name: 'anyon-1',
  Driver: 'bridge',
  Labels: { 'anyon.instance': 'x' },
  Options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.name': spec.bridge },
  IPAM: { Config: [{ Subnet: '10.213.0.16/28', Gateway: '10.213.0.17' }] },
};

interface Scene {
  /** What is there at first; null for nothing. */
  first: unknown;
  /** Answers to requests that create one, in turn; the last one stays. */
  create?: Array<{ status: number; body: unknown }>;
  /** Other networks on the engine. */
  others?: unknown[];
  /** What is there after the first request to create one; default what was asked for. */
  after?: unknown;
}

async function engineWith({ first, create = [{ status: 201, body: {} }], others = [], after = wanted }: Scene) {
  let network = first;
  let tries = 0;
  stub = await openStubDocker((request, response) => {
    const target = request.url?.split('?')[0];
    if (request.method === 'DELETE') {
      network = null;
      return answerJson(response, 204, {});
    }
    if (request.method === 'POST') {
      const answer = create[Math.min(tries++, create.length - 1)] ?? { status: 500, body: {} };
      if (!/overlaps/.test(JSON.stringify(answer.body))) network = after;
      return answerJson(response, answer.status, answer.body);
    }
    if (target === '/networks') return answerJson(response, 200, others);
    if (network === null) answerJson(response, 404, { message: 'network x not found' });
    else answerJson(response, 200, network);
  });
  return createDockerClient(findDockerAddress(stub.host));
}

const asked = () => stub.requests.map((request) => request.split('?')[0]);

it.each([
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.5' }] } }, '172.17.0.5'],
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } }, '172.17.0.1'],
  [{ IPAM: { Config: [{ Subnet: 'fd00::/64' }, { Subnet: '10.1.2.0/24' }] } }, '10.1.2.1'],
  [{ IPAM: { Config: [] } }, null],
  [{ IPAM: { Config: null } }, null],
  [{}, null],
])('finds the gateway in %j', async (network, gateway) => {
  expect(await hostGateway(await engineWith({ first: { Name: 'bridge', Driver: 'bridge', ...network } }))).toBe(gateway);
});

it('knows no gateway where there is no default bridge', async () => {
  expect(await hostGateway(await engineWith({ first: null }))).toBeNull();
});

it('keeps a network that is as it should be', async () => {
  expect(await ensureNetwork(await engineWith({ first: wanted }), spec)).toEqual({ id: wanted.Id, name: 'anyon-1', labels: wanted.Labels, subnet: '10.213.0.16/28', gateway: '10.213.0.17', bridge: spec.bridge });
  expect(asked()).toEqual(['GET /networks/anyon-1']);
});

it('takes the one that somebody else has just made', async () => {
  await ensureNetwork(await engineWith({ first: null, create: [{ status: 409, body: { message: 'network with name anyon-1 already exists' } }] }), spec);
  expect(asked()).toEqual(['GET /networks/anyon-1', 'GET /networks', 'POST /networks/create', 'GET /networks/anyon-1']);
});

it.each([
  ['in which containers can reach each other', { Options: { 'com.docker.network.bridge.name': spec.bridge } }],
  ['of another egress level', { Options: { ...wanted.Options, 'com.docker.network.bridge.name': 'anabcdr12345678' } }],
  ['without an address range', { IPAM: { Config: [] } }],
])('replaces one of ours %s', async (_what, change) => {
  expect(await ensureNetwork(await engineWith({ first: { ...wanted, ...change } }), spec)).toMatchObject({ bridge: spec.bridge });
  expect(asked()).toEqual(['GET /networks/anyon-1', 'DELETE /networks/anyon-1', 'GET /networks', 'POST /networks/create', 'GET /networks/anyon-1']);
});

it('leaves a network of somebody else’s alone', async () => {
  const client = await engineWith({ first: { ...wanted, Labels: { 'anyon.instance': 'y' } } });
  await expect(ensureNetwork(client, spec)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/docker network rm anyon-1/) as string });
  expect(asked()).toEqual(['GET /networks/anyon-1']);
});

it('does not take a network for its own because its id begins like the name', async () => {
  const client = await engineWith({ first: { ...wanted, Name: 'other' } });
  await ensureNetwork(client, { ...spec, name: 'anyon-1' });
  expect(asked()).toContain('POST /networks/create');
});

it('chooses other addresses when somebody else took them in between', async () => {
  const overlaps = { status: 403, body: { message: 'Pool overlaps with other one on this address space' } };
  await ensureNetwork(await engineWith({ first: null, create: [overlaps, overlaps, { status: 201, body: {} }] }), spec);
  expect(asked().filter((request) => request === 'POST /networks/create')).toHaveLength(3);
});

it('says what to do when there are no addresses left', async () => {
  const client = await engineWith({ first: null, others: [{ ...wanted, Name: 'all', IPAM: { Config: [{ Subnet: '10.213.0.0/16' }] } }] });
  await expect(ensureNetwork(client, spec)).rejects.toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/Delete workspaces.*ANYON_ADDRESS_POOL/) as string });
  expect(asked()).not.toContain('POST /networks/create');
});

it.each(['host', 'bridge', 'none', 'container:x', '../x', ''])('refuses the name %j', async (name) => {
  await expect(ensureNetwork(await engineWith({ first: null }), { ...spec, name })).rejects.toMatchObject({ kind: 'invalid' });
});

it.each(['', 'eth0; reboot', 'abcdefghijklmnop', '../x', 'docker+'])('refuses the bridge %j', async (bridge) => {
  await expect(ensureNetwork(await engineWith({ first: null }), { ...spec, bridge })).rejects.toMatchObject({ kind: 'invalid' });
});
