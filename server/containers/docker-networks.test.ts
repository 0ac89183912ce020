import { afterEach, expect, it } from 'vitest';
import { createDockerClient } from '@/server/containers/docker-client';
import { findDockerAddress } from '@/server/containers/docker-address';
import { ensureNetwork, hostGateway } from '@/server/containers/docker-networks';
import { answerJson, openStubDocker, type StubDocker } from '@/tests/fakes/stub-docker';

let stub: StubDocker;
afterEach(() => stub.close());

async function engineWith(network: unknown, create: { status: number; body: unknown } = { status: 201, body: {} }) {
  let asked = 0;
  stub = await openStubDocker((request, response) => {
    if (request.method === 'POST') return answerJson(response, create.status, create.body);
    asked += 1;
    // A network that is made by somebody else appears only after our own attempt.
    if (network === null || (create.status === 409 && asked === 1)) answerJson(response, 404, { message: 'network x not found' });
    else answerJson(response, 200, network);
  });
  return createDockerClient(findDockerAddress(stub.host));
}

const isolated = { Name: 'anyon-1', Driver: 'bridge', Options: { 'com.docker.network.bridge.enable_icc': 'false' } };

it.each([
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.5' }] } }, '172.17.0.5'],
  [{ IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } }, '172.17.0.1'],
  [{ IPAM: { Config: [{ Subnet: 'fd00::/64' }, { Subnet: '10.1.2.0/24' }] } }, '10.1.2.1'],
  [{ IPAM: { Config: [] } }, null],
  [{ IPAM: { Config: null } }, null],
  [{}, null],
])('finds the gateway in %j', async (network, gateway) => {
  expect(await hostGateway(await engineWith({ Name: 'bridge', Driver: 'bridge', ...network }))).toBe(gateway);
});

it('knows no gateway where there is no default bridge', async () => {
  expect(await hostGateway(await engineWith(null))).toBeNull();
});

it('keeps an isolated network that is there', async () => {
  await ensureNetwork(await engineWith(isolated), 'anyon-1', {});
  expect(stub.requests).toEqual(['GET /networks/anyon-1']);
});

it('takes the one that somebody else has just made', async () => {
  await ensureNetwork(await engineWith(isolated, { status: 409, body: { message: 'network with name anyon-1 already exists' } }), 'anyon-1', {});
  expect(stub.requests).toHaveLength(3);
});

it('refuses a network in which containers can reach each other', async () => {
  await expect(ensureNetwork(await engineWith({ ...isolated, Options: {} }), 'anyon-1', {})).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/docker network rm anyon-1/) as string });
});

it('does not take a network for its own because its id begins like the name', async () => {
  await ensureNetwork(await engineWith({ ...isolated, Name: 'other' }), 'ab12', {});
  expect(stub.requests).toEqual(['GET /networks/ab12', 'POST /networks/create']);
});

it('says what to do when there are no addresses left', async () => {
  const client = await engineWith(null, { status: 500, body: { message: 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network' } });
  await expect(ensureNetwork(client, 'anyon-1', {})).rejects.toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/Delete workspaces.*default-address-pools/) as string });
});

it.each(['host', 'bridge', 'none', 'container:x', '../x', ''])('refuses the name %j', async (name) => {
  await expect(ensureNetwork(await engineWith(isolated), name, {})).rejects.toMatchObject({ kind: 'invalid' });
});
