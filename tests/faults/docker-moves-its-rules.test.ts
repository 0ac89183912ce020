import { execFile, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { checkFirewall, ensureFirewall, removeFirewall } from '@/server/egress/firewall';
import { closeAll } from '@/tests/faults/close-all';
import { ANSWER_ALL, openOutsideNetwork, startScript, type OutsideNetwork } from '@/tests/setup/outside-network';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { openWorkspaceContainer, type WorkspaceContainer } from '@/tests/setup/workspace-container';

/**
 * With each network that is made, Docker takes its jump to DOCKER-USER out of FORWARD and puts it back in front. A connection that
 * begins in between must not get out either, for once it is known it would stay open.
 */
const PRIVATE_ADDRESS = '10.66.199.66';
const PORT = '8099';
const NETWORKS = 25;

let product: TestProduct;
let outside: OutsideNetwork;
let listener: ChildProcess;
let workspace: WorkspaceContainer;

beforeAll(async () => {
  product = await startTestProduct();
  outside = await openOutsideNetwork([], '198.18.77', [PRIVATE_ADDRESS]);
  listener = await startScript(outside.prefix, ANSWER_ALL, PORT, '');
  workspace = await openWorkspaceContainer(createDockerEngine(), await product.addUser('owner'), { level: 'open', hosts: [] });
});
afterAll(() =>
  closeAll(
    async () => void listener?.kill(),
    () => outside?.close(),
    () => product?.close(),
  ),
);

/** Tries to connect again and again from inside, until it is told to end by a file; says how often it tried and got through. */
const KNOCK = `
import net from 'node:net';
import fs from 'node:fs';
const [host, port] = process.argv.slice(-2);
const knock = () => new Promise((resolve) => {
  const socket = net.connect({ host, port: Number(port), timeout: 500 });
  socket.on('connect', () => { resolve(1); socket.destroy(); }).on('error', () => resolve(0)).on('timeout', () => { resolve(0); socket.destroy(); });
});
let [tried, through] = [0, 0];
const one = async () => { while (!fs.existsSync('/workspace/enough')) { tried += 1; through += await knock(); } };
await Promise.all(Array.from({ length: 8 }, one));
console.log(JSON.stringify({ tried, through }));
`;
const docker = async (...args: string[]) => promisify(execFile)('docker', args);

async function knockWhileNetworksAreMade(): Promise<{ tried: number; through: number }> {
  const knocking = workspace.node<{ tried: number; through: number }>(KNOCK, PRIVATE_ADDRESS, PORT);
  for (let number = 0; number < NETWORKS; number += 1) {
    const name = `${product.instance}-passing-${number}`;
    await docker('network', 'create', '--label', `anyon.instance=${product.instance}`, '--subnet', `10.66.200.${number * 8}/29`, name);
    await docker('network', 'rm', name);
  }
  await workspace.run('touch', '/workspace/enough');
  const result = await knocking;
  await workspace.run('rm', '/workspace/enough');
  return result;
}

it('ISO-04 would be reached without the rules (so the next test can fail)', async () => {
  await removeFirewall();
  const { through } = await knockWhileNetworksAreMade();
  expect(through).toBeGreaterThan(100);
  expect(await ensureFirewall()).toEqual({ ok: true, problem: null });
});

it('ISO-04 no connection to a private address gets through while Docker makes networks', async () => {
  const { tried, through } = await knockWhileNetworksAreMade();
  console.info(`${tried} tries while ${NETWORKS} networks were made, ${through} got through`);
  expect(tried).toBeGreaterThan(100);
  expect(through).toBe(0);
  expect(await checkFirewall()).toEqual({ ok: true, problem: null });
});
