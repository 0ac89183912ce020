import { execFile } from 'node:child_process';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { printTable } from '@/tests/load/load-report';
import { asService, compareHostConfig, workspaceContainer } from '@/tests/load/swarm-profile';
import { startSecondEngine, type SecondEngine } from '@/tests/setup/second-engine';

/**
 * By hand: `node --import tsx tests/load/swarm-trial.ts` as root. What Docker Swarm makes of a workspace: on an engine of its own, never the machine's. One node;
 * what depends on several is said in docs/scale.md as not tried. Prints what was found and takes everything away.
 */
const IMAGE = 'anyon-claude:latest';
const run = promisify(execFile);

interface Answer {
  status: number;
  body: Record<string, never> & { message?: string; ID?: string; Id?: string };
}

function call(engine: SecondEngine, method: string, path: string, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: engine.address.replace('unix://', ''), method, path: `/v1.41${path}`, headers: { 'content-type': 'application/json' } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, body: (text.startsWith('{') || text.startsWith('[') || text.startsWith('"') ? JSON.parse(text) : { message: text.trim() }) as Answer['body'] });
      });
    });
    sent.on('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

const docker = async (engine: SecondEngine, ...args: string[]): Promise<string> => (await run('docker', ['--host', engine.address, ...args])).stdout.trim();
const say = (what: string, found: string): void => void process.stdout.write(`• ${what}: ${found}\n`);
const words = (error: unknown): string => String((error as { stderr?: string }).stderr ?? error).trim().split('\n').at(-1) ?? '';

/** The one of a service that should run, when it does. */
async function taskOf(engine: SecondEngine, service: string): Promise<{ id: string; container: string }> {
  for (const deadline = Date.now() + 120_000; ; await sleep(500)) {
    const { body } = await call(engine, 'GET', `/tasks?filters=${encodeURIComponent(JSON.stringify({ service: [service], 'desired-state': ['running'] }))}`);
    const [task] = body as unknown as { ID: string; Status: { State: string; Err?: string; ContainerStatus?: { ContainerID?: string } } }[];
    if (task?.Status.State === 'running' && task.Status.ContainerStatus?.ContainerID) return { id: task.ID, container: task.Status.ContainerStatus.ContainerID };
    if (Date.now() > deadline) throw new Error(`The task is ${task?.Status.State}: ${task?.Status.Err}`);
  }
}

async function tryLiveRestore(): Promise<void> {
  const engine = await startSecondEngine();
  try {
    const { status, body } = await call(engine, 'POST', '/swarm/init', { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: engine.namespaceAddress });
    say('swarm init on an engine with live-restore', `${status} ${body.message ?? 'accepted'}`);
  } finally {
    await engine.close();
  }
}

async function trySwarm(): Promise<void> {
  const engine = await startSecondEngine(['--live-restore=false']);
  try {
    await engine.load(IMAGE, { leaveOut: 'compilers and Claude Code' });
    say('swarm init without live-restore', await docker(engine, 'swarm', 'init', '--advertise-addr', engine.namespaceAddress).then(() => 'accepted', words));
    say('an overlay network with a /28 and without traffic between its containers', await docker(engine, 'network', 'create', '--driver', 'overlay', '--subnet', '10.213.0.0/28', '--opt', 'com.docker.network.bridge.enable_icc=false', 'trial').then(() => 'accepted', words));
    const secret = await call(engine, 'POST', '/secrets/create', { Name: 'ws-secret', Data: Buffer.from('one').toString('base64') });
    const ours = await workspaceContainer(IMAGE, 'trial');
    const made = await call(engine, 'POST', '/services/create', asService(ours, { name: 'ws', network: 'trial', secretId: secret.body.ID ?? '' }));
    say('the service', `${made.status} ${made.body.message ?? 'accepted'}`);
    await lookAtTask(engine, await taskOf(engine, 'ws'), ours);
    await tryRotation(engine, secret.body.ID ?? '');
    await tryEngineKilled(engine);
  } finally {
    await docker(engine, 'swarm', 'leave', '--force').catch(() => '');
    await engine.close();
  }
}

async function lookAtTask(engine: SecondEngine, task: { id: string; container: string }, ours: Awaited<ReturnType<typeof workspaceContainer>>): Promise<void> {
  const inspected = JSON.parse(await docker(engine, 'inspect', '--format', '{{json .HostConfig}}', task.container)) as Record<string, unknown>;
  printTable('The profile of a workspace in a service', ['HostConfig', 'of a container', 'of the task', ''], compareHostConfig(ours, inspected).map(({ key, same, ...values }) => [key, values.ours.slice(0, 60), values.service.slice(0, 60), same ? '' : 'differs']));
  process.stdout.write('\n');
  const inside = (...argv: string[]) => docker(engine, 'exec', task.container, ...argv).catch(words);
  say('no_new_privs inside', await inside('grep', 'NoNewPrivs', '/proc/1/status'));
  say('capabilities inside', await inside('grep', 'CapBnd', '/proc/1/status'));
  say('the secret inside', `${await inside('ls', '-ln', '/run/secrets/token')}; ${await inside('grep', '/run/secrets', '/proc/mounts')}`);
  say('/tmp inside', await inside('grep', ' /tmp ', '/proc/mounts'));
  const exec = await call(engine, 'POST', `/tasks/${task.id}/exec`, { Cmd: ['true'] });
  say('a command in a task by the manager', `${exec.status} ${exec.body.message ?? ''}`);
  say('logs of the service', await docker(engine, 'service', 'logs', 'ws').then((text) => `answered (${text.length} bytes)`, words));
}

async function tryRotation(engine: SecondEngine, secretId: string): Promise<void> {
  const { body } = await call(engine, 'GET', `/secrets/${secretId}`);
  const { Version: version, Spec: spec } = body as unknown as { Version: { Index: number }; Spec: object };
  const changed = await call(engine, 'POST', `/secrets/${secretId}/update?version=${version.Index}`, { ...spec, Data: Buffer.from('two').toString('base64') });
  say('another value for a secret', `${changed.status} ${changed.body.message ?? 'accepted'}`);
  const before = await taskOf(engine, 'ws');
  await docker(engine, 'service', 'update', '--detach', '--limit-memory', '640M', 'ws');
  const goesOn = async () => (await docker(engine, 'inspect', '--format', '{{.State.Running}}', before.container).catch(() => 'false')) === 'true';
  for (const deadline = Date.now() + 60_000; (await goesOn()) && Date.now() < deadline; ) await sleep(500);
  say('more memory for a service that runs', (await goesOn()) ? 'the container goes on' : 'its container has been ended for a new one');
}

async function tryEngineKilled(engine: SecondEngine): Promise<void> {
  const before = await taskOf(engine, 'ws');
  const pid = Number(await docker(engine, 'inspect', '--format', '{{.State.Pid}}', before.container));
  await engine.kill('dockerd');
  await engine.start();
  await sleep(10_000);
  const lives = await run('ps', ['-o', 'comm=', '-p', String(pid)]).then(() => true, () => false);
  const tasks = await docker(engine, 'service', 'ps', '--no-trunc', '--format', '{{.CurrentState}}', 'ws').catch(words);
  say('the engine killed and started again', `${lives ? 'the container goes on' : 'the container has ended'}; tasks: ${tasks.replaceAll('\n', ', ')}`);
}

process.stdout.write(`Docker ${(await run('docker', ['version', '--format', '{{.Server.Version}}'])).stdout.trim()}, ${new Date().toISOString().slice(0, 10)}\n`);
await tryLiveRestore();
await trySwarm();
process.exit();
