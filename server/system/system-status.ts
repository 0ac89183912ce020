import type { InstallSettings, SystemCheck, SystemStatus } from '@/contract/system-status';
import { workspaceLimitsSchema } from '@/contract/workspace';
import { readMachine } from '@/server/deployment/machine';
import { checkFirewall } from '@/server/egress/firewall';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { failed, inOrder, warning, withinPatience } from '@/server/system/check';
import { checkPublicAddress } from '@/server/system/check-address';
import { checkAddresses } from '@/server/system/check-addresses';
import { checkEngine, checkImage } from '@/server/system/check-engine';
import { checkCollectors } from '@/server/system/check-collectors';
import { checkSecretsPlace } from '@/server/system/check-secrets';
import { checkDatabaseClock, checkDiskQuota, checkOpenFiles, judgeDisk, judgeMemory } from '@/server/system/check-host';
import { checkKeys } from '@/server/system/check-keys';
import { checkPreviews, PREVIEW_FIX } from '@/server/system/check-previews';
import { startChecks, type StartConditions } from '@/server/system/start/start-problems';

/** The system check: each line in order, a warning or a failure with its fix. Answers within about two seconds whatever is broken. */
export async function systemStatus(): Promise<SystemStatus> {
  return { checks: await systemChecks({ running: true, wrong: [], ours: [] }), install: installSettings() };
}

/** The checks of the page and of `npm run doctor`: what the start looks at, and what makes Anyon less safe or less good than it could be. While Anyon does not run, what only a running one has is said to be unknown: `npm run down` takes the place of secrets away, and the rules of the firewall are judged by the addresses in use. */
export async function systemChecks(conditions: StartConditions): Promise<SystemCheck[]> {
  const { running } = conditions;
  const startDocker = 'Start Docker, or run `npm run up` again.';
  const machine = readMachine();
  const ofProduct: typeof withinPatience = (name, fix, make) => (running ? withinPatience(name, fix, make) : Promise.resolve([warning(name, 'Not looked at, because Anyon does not run.', 'Start it with `npm run up`, and look again.')]));
  const checks = await Promise.all([
    startChecks(conditions),
    withinPatience('Address', 'Look at ANYON_URL.', checkPublicAddress),
    withinPatience('Docker Engine', startDocker, checkEngine),
    withinPatience('Runtime image', 'Run `npm run images`.', checkImage),
    withinPatience('Network addresses', startDocker, checkAddresses),
    ofProduct('Firewall', 'Run `npm run up` again: it sets the rules, with sudo where needed.', checkWall),
    withinPatience('Open files', startDocker, checkOpenFiles),
    withinPatience('Disk limits', 'Look at the file system of the data directory.', checkDiskQuota),
    ofProduct('Secrets of runs', 'Look at ANYON_TEMP_DIR, and run `npm run up` again.', checkSecretsPlace),
    withinPatience('Disk', 'Look at the file system of the data directory.', async () => [judgeDisk(await machine, env().ANYON_MIN_FREE_BYTES)]),
    withinPatience('Memory', 'Look at /proc/meminfo.', async () => [judgeMemory(await machine, fitting((await machine).memory.total))]),
    ...(running || env().DATABASE_URL === undefined ? [ofProduct('Database', 'Start Anyon with `npm run up`.', checkDatabaseClock)] : []),
    ofProduct('Secret keys', 'Start Anyon with `npm run up`.', checkKeys),
    ofProduct('Previews', PREVIEW_FIX, checkPreviews),
    withinPatience('Collectors', 'Look at ANYON_FORWARD_ADDRESS and OTEL_EXPORTER_OTLP_ENDPOINT.', checkCollectors),
    ofProduct('Claude simulator', 'Look for "simulator" in the server log; the parent process starts it again by itself.', checkSimulator),
  ]);
  return checks.flat();
}

/** On an empty machine, counted as admission counts (server/workspaces/admission): what is free right now is on the same page. */
function fitting(memoryBytes: number): number {
  const { ANYON_MEMORY_RESERVE_BYTES: reserve, ANYON_MEMORY_OVERCOMMIT: overcommit } = env();
  return Math.max(0, Math.floor((memoryBytes - reserve) / (workspaceLimitsSchema.parse({}).memoryBytes / overcommit)));
}

function installSettings(): InstallSettings {
  const { ANYON_CLOUD_IMAGE: image, ANYON_EGRESS_DEFAULT: egressLevel, ANYON_IDLE_STOP_MINUTES: idleStopMinutes, ANYON_BUNDLE_KEEP_DAYS: removedWorkKeptDays } = env();
  return { image, egressLevel, idleStopMinutes: idleStopMinutes || null, removedWorkKeptDays };
}

async function checkWall(): Promise<SystemCheck[]> {
  const { ok, problem } = await checkFirewall();
  if (ok) return [inOrder('Firewall', 'Workspaces cannot reach the services of this machine and of its network.')];
  const judge = env().ANYON_FIREWALL === 'off' ? warning : failed; // switched off on purpose
  return [judge('Firewall', problem ?? 'Its rules are not in force.', 'Run `npm run up` again: it sets the rules, with sudo where needed.')];
}

async function checkSimulator(signal: AbortSignal): Promise<SystemCheck[]> {
  const url = env().ANYON_SIMULATOR_URL;
  const fix = 'Look for "simulator" in the server log; the parent process starts it again by itself.';
  if (!url) return [failed('Claude simulator', 'It has no address.', 'Start Anyon with `npm run up`.')];
  try {
    const response = await fetch(`${url}/health`, { signal });
    return [response.ok ? inOrder('Claude simulator', `Answers at ${url}`) : failed('Claude simulator', `Answers ${response.status}`, fix)];
  } catch (error) {
    return [failed('Claude simulator', `Does not answer at ${url} (${describeError(error)}).`, fix)];
  }
}
