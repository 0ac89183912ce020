import fs from 'node:fs';
import path from 'node:path';
import { askEngine, engineRequest } from './engine-address.mjs';
import { engineAddress, engineRecordFile } from './docker-engine.mjs';
import { startedEngine, stopEngineProcesses } from './engine-processes.mjs';
import { endProcess } from './end-process.mjs';
import { identify, programOf } from './process-identity.mjs';
import { readStatus } from './product-status.mjs';

/** Longer than the parent's own patience with its children (server/parent/supervised-child.ts). */
export const PARENT_GRACE_MS = 35_000;
const CONTAINER_GRACE_S = 5;

/** Ends parent, web, worker, egress proxy and simulator, also when the parent was killed before. Returns the names of what ran. */
export async function stopProcesses(settings) {
  const status = readStatus(settings);
  if (!status) return [];
  const ended = (await endProcess(status, { graceMs: PARENT_GRACE_MS })) ? ['parent'] : [];
  // The parent wrote a last status when it ended; what still lives was left by one that was killed.
  const children = { ...status.children, ...readStatus(settings)?.children };
  for (const [name, child] of Object.entries(children)) if (await endProcess(child)) ended.push(name);
  return ended.includes('parent') ? ['web', 'worker', 'simulator', 'egress proxy'] : ended;
}

/** Stops the embedded Postgres (SIGINT is its fast and clean shutdown). True when one ran. Needs none of the product's files. */
export async function stopDatabase(settings) {
  const cluster = path.join(settings.dataDir, 'postgres/cluster');
  const pidFile = path.join(cluster, 'postmaster.pid');
  if (!fs.existsSync(pidFile)) return false;
  const pid = Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0]);
  // The same proof as in server/deployment/postmaster.ts: a reused pid has another name or directory.
  if (programOf(pid) !== 'postgres' || fs.readlinkSync(`/proc/${pid}/cwd`) !== fs.realpathSync(cluster)) return false;
  return endProcess(identify(pid), { signal: 'SIGINT', graceMs: 30_000 });
}

/** Stops this install's running containers; they and their files stay. Returns how many; 0 when no engine answers. */
export async function stopContainers(settings) {
  const address = engineAddress(settings);
  if ((await askEngine(address)).state !== 'running') return 0;
  const ids = await runningContainers(address, `anyon.instance=${settings.instance}`);
  await Promise.all(ids.map((id) => engineRequest(address, 'POST', `/containers/${id}/stop?t=${CONTAINER_GRACE_S}`)));
  return ids.length;
}

/**
 * Stops the engine if this install started it, unless other containers run on it.
 * @returns {Promise<'not ours' | 'stopped' | 'in use'>}
 */
export async function stopEngine(settings) {
  const record = engineRecordFile(settings);
  if (!startedEngine(record)) return 'not ours';
  const address = engineAddress(settings);
  const others = (await askEngine(address)).state === 'running' ? await runningContainers(address) : [];
  if (others.length > 0) return 'in use';
  await stopEngineProcesses(record);
  return 'stopped';
}

async function runningContainers(address, label) {
  const filters = encodeURIComponent(JSON.stringify({ status: ['running'], ...(label && { label: [label] }) }));
  const { status, body } = await engineRequest(address, 'GET', `/containers/json?filters=${filters}`);
  if (status !== 200) return [];
  return JSON.parse(body).map((container) => container.Id);
}
