import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asRoot } from './apt.mjs';
import { askEngine } from './engine-address.mjs';
import { endProcess } from './end-process.mjs';
import { SetupFailure } from './failure.mjs';
import { identify, lives, programOf } from './process-identity.mjs';
import { lastLines, run } from './run-command.mjs';

const START_TIMEOUT_MS = 60_000;

/**
 * Where the engine of a machine keeps its things. Tests give other places, so that a second engine can run beside the real one.
 * `extraArguments` go to dockerd, `containerdArguments` to containerd.
 */
export const SYSTEM_ENGINE = {
  socket: '/var/run/docker.sock',
  pidFile: '/var/run/docker.pid',
  containerdSocket: '/run/containerd/containerd.sock',
  extraArguments: [],
  containerdArguments: [],
};

/**
 * Starts containerd (unless one answers) and dockerd as processes of their own, for machines without systemd. They outlive
 * this process and may be asked for again; `recordFile` remembers them for `stopEngineProcesses`. Containers survive a restart of dockerd (`--live-restore`).
 */
export async function startEngineProcesses(layout, recordFile, logDir) {
  fs.mkdirSync(logDir, { recursive: true });
  const earlier = startedEngine(recordFile);
  if (lives(earlier?.dockerd)) return;
  // dockerd may have died alone; its containerd is still ours to stop.
  const record = { containerd: lives(earlier?.containerd) ? earlier.containerd : null, dockerd: null };
  const remember = () => fs.writeFileSync(recordFile, `${JSON.stringify(record)}\n`);
  if (!(await answers(layout.containerdSocket))) {
    record.containerd = await launch('containerd', ['--address', layout.containerdSocket, ...layout.containerdArguments], path.join(logDir, 'containerd.log'));
    remember();
    await waitUntil(() => answers(layout.containerdSocket), record.containerd, 'containerd', path.join(logDir, 'containerd.log'));
  }
  removeStalePidFile(layout.pidFile);
  const dockerdLog = path.join(logDir, 'dockerd.log');
  record.dockerd = await launch('dockerd', ['--live-restore', '--containerd', layout.containerdSocket, '--host', `unix://${layout.socket}`, '--pidfile', layout.pidFile, ...layout.extraArguments], dockerdLog);
  remember();
  await waitUntil(async () => ['running', 'forbidden'].includes((await askEngine(`unix://${layout.socket}`)).state), record.dockerd, 'dockerd', dockerdLog);
}

/** The processes that `startEngineProcesses` started and that still live; null when there is none. */
export function startedEngine(recordFile) {
  if (!fs.existsSync(recordFile)) return null;
  const record = JSON.parse(fs.readFileSync(recordFile, 'utf8'));
  return lives(record.dockerd) || lives(record.containerd) ? record : null;
}

/** Stops what `startEngineProcesses` started. With `--live-restore` running containers go on, as without an engine. */
export async function stopEngineProcesses(recordFile) {
  const record = startedEngine(recordFile);
  if (record) {
    await endProcess(record.dockerd, { graceMs: 30_000 });
    await endProcess(record.containerd, { graceMs: 10_000 });
  }
  fs.rmSync(recordFile, { force: true });
}

/**
 * dockerd refuses to start while its pid file names any process: also when that pid is another program's by now, or that of
 * a killed dockerd which nobody has reaped yet.
 */
function removeStalePidFile(pidFile) {
  if (!fs.existsSync(pidFile)) return;
  const pid = Number(fs.readFileSync(pidFile, 'utf8').trim());
  if (programOf(pid) !== 'dockerd' || identify(pid) === null) fs.rmSync(pidFile, { force: true });
}

/** Starts a daemon in its own session with its output in a file. Behind sudo the daemon is sudo's child. */
async function launch(program, args, logFile) {
  const log = fs.openSync(logFile, 'a');
  const [command, all] = asRoot(program, args);
  const child = spawn(command, all, { detached: true, stdio: ['ignore', log, log] });
  fs.closeSync(log);
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new SetupFailure(`${program} cannot be started: ${error.message}.`, 'Install Docker Engine (package docker.io) and start again.')));
  });
  child.unref();
  if (command === program) return identify(child.pid);
  return identify(await childOf(child.pid, program));
}

async function childOf(parent, program) {
  for (let attempt = 0; attempt < 50; attempt++) {
    const children = (await run('ps', ['-o', 'pid=', '--ppid', String(parent)])).stdout.split('\n').map(Number).filter(Boolean);
    const found = children.find((pid) => programOf(pid) === program.slice(0, 15));
    if (found) return found;
    await sleep(100);
  }
  return parent;
}

async function waitUntil(ready, identity, program, logFile) {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await ready())) {
    const dead = !lives(identity);
    if (dead || performance.now() > deadline) {
      throw new SetupFailure(
        `${program} ${dead ? 'ended right after its start' : `did not answer within ${START_TIMEOUT_MS / 1000} s`}.`,
        `Read ${logFile}, repair what it names, and start again.`,
        lastLines(fs.readFileSync(logFile, 'utf8').slice(-8_192), 6),
      );
    }
    await sleep(100);
  }
}

function answers(socketPath) {
  return new Promise((resolve) => {
    const socket = net.connect(socketPath);
    const end = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    // A socket that root alone may open belongs to somebody who listens.
    socket.once('error', (error) => end(error.code === 'EACCES'));
  });
}
