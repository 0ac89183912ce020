import { once } from 'node:events';
import net from 'node:net';
import { z } from 'zod';
import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { egressAddress, networkName } from '@/server/egress/workspace-network';
import { AnyonError } from '@/server/errors';

/** What a look from inside the container found. */
export type Proof =
  | { isolated: true }
  /** `firewall`: rules are missing or something undoes them. `proxy`: nothing is open, but the way out is shut as well. */
  | { isolated: false; cause: 'firewall' | 'proxy'; what: string };

/** Where clouds keep their metadata. */
const METADATA = '169.254.169.254:80';
const NOT_REACHED = /^errno \d+$/;

/** A proxy that is busy with many workspaces is given time; what must not be reached is refused at once, or is dropped and waits in vain. */
const PROXY_SECONDS = 5;
const FORBIDDEN_SECONDS = 1;
/** EINPROGRESS: how the kernel tells that a connection was not there in time. */
const TOO_LATE = 'errno 115';

/**
 * Tries each address by TCP and prints how that went; of the last one also what it answers to a request. Perl, because the
 * wrapper is written in it, so that every image has it. An attendant knows the same by itself (docker/claude-code/anyon-run.d/reach.pm).
 */
const LOOK = `
use strict; use Socket;
my $proxy = $ARGV[-1];
for my $target (@ARGV) {
  my ($host, $port) = split /:/, $target;
  socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
  my $seconds = $target eq $proxy ? ${PROXY_SECONDS} : ${FORBIDDEN_SECONDS};
  setsockopt($socket, SOL_SOCKET, $_, pack('l!l!', $seconds, 0)) for SO_SNDTIMEO, SO_RCVTIMEO;
  my $done = connect($socket, sockaddr_in($port, inet_aton($host)));
  print $target, ' ', $done ? 'connected' : 'errno ' . ($! + 0), "\\n";
  next unless $done && $target eq $proxy;
  syswrite $socket, "GET / HTTP/1.0\\r\\n\\r\\n";
  my $answer = '';
  1 while length $answer < 4096 && sysread $socket, $answer, 4096, length $answer;
  print 'answer ', ($answer =~ /\\r\\n\\r\\n([^\\r\\n]*)/)[0] // '', "\\n";
}
`;

/** Where is looked from; with `attendants` of the container nothing is brought into it for that, and it is a matter of milliseconds. */
export interface LookPlace {
  workspaceId: string;
  containerId: string;
  /** Numeric uid:gid of who runs things in the container. */
  user: string;
  attendants?: Attendants | undefined;
}

/**
 * Looks from inside a running container whether the isolation is real: a port that this process opens on all addresses of the
 * machine must not be reached, nor the metadata address; the egress proxy must answer and know the workspace. About 0.1 s.
 * Throws when it cannot look.
 */
export async function lookFromInside(engine: ContainerEngine, place: LookPlace, signal: AbortSignal): Promise<Proof> {
  const { workspaceId } = place;
  const network = await engine.inspectNetwork(networkName(workspaceId), signal);
  const { host, port } = egressAddress();
  const canary = await openCanary();
  try {
    const canaries = [...new Set([network?.gateway ?? host, host])].map((address) => `${address}:${canary.port}`);
    const targets = [...canaries, METADATA, `${host}:${port}`];
    const lines = (await askAttendant(place, targets)) ?? (await look(engine, place.containerId, targets, signal));
    return judgeLook({ canaries, proxy: `${host}:${port}`, workspaceId }, lines);
  } finally {
    canary.close();
  }
}

const seenShape = z.array(z.tuple([z.string(), z.string()]));

async function askAttendant({ attendants, containerId, user }: LookPlace, targets: readonly string[]): Promise<Map<string, string> | null> {
  return readOutcomes((await attendants?.ask(containerId, user, `reach ${targets.join(',')}`)) ?? '', targets);
}

/** How each address went, as an attendant tells it. Null when nobody has said it, or not all of it: then it is looked once more, by a command of its own. */
export function readOutcomes(line: string, targets: readonly string[]): Map<string, string> | null {
  try {
    const outcomes = new Map(seenShape.parse(JSON.parse(line)));
    return targets.every((target) => outcomes.has(target)) ? outcomes : null;
  } catch {
    return null;
  }
}

async function look(engine: ContainerEngine, containerId: string, targets: string[], signal: AbortSignal): Promise<Map<string, string>> {
  const result = await engine.exec(containerId, { argv: ['perl', '-e', LOOK, ...targets], timeoutMs: 20_000, maxOutputBytes: 16 * 1024 }, signal);
  if (result.exitCode !== 0) {
    const words = result.stderr.toString('utf8').trim().slice(0, 300);
    throw new AnyonError('precondition', `Whether the workspace is isolated cannot be seen from inside its container: perl ended with ${result.exitCode}${words ? ` (${words})` : ''}. Choose an image that is built on Anyon's own.`);
  }
  const lines = result.stdout.toString('utf8').split('\n').filter(Boolean);
  const outcomes = new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
  // Perl has come to its end, so what is missing was lost on the way: that says nothing about the firewall.
  if (!targets.every((target) => outcomes.has(target))) throw new AnyonError('unavailable', 'Docker has passed on only a part of what was seen from inside the container.');
  return outcomes;
}

interface Expected {
  canaries: readonly string[];
  proxy: string;
  workspaceId: string;
}

/** What the outcomes mean; every address must have one. */
export function judgeLook({ canaries, proxy, workspaceId }: Expected, outcomes: ReadonlyMap<string, string>): Proof {
  for (const canary of canaries) {
    if (!NOT_REACHED.test(outcomes.get(canary) ?? '')) return { isolated: false, cause: 'firewall', what: `it reaches services of this machine (a port opened for this test, at ${canary})` };
  }
  // Refused by the rules, as a rule; a machine without a route there, or with a route into nothing, never asks them.
  if (!NOT_REACHED.test(outcomes.get(METADATA) ?? '')) return { isolated: false, cause: 'firewall', what: 'it reaches the metadata address of clouds' };
  const reached = outcomes.get(proxy) ?? 'nothing was said';
  if (reached !== 'connected') return { isolated: false, cause: 'proxy', what: `the egress proxy at ${proxy} does not answer it (${reached === TOO_LATE ? `not within ${PROXY_SECONDS} s` : reached})` };
  const answer = outcomes.get('answer') ?? '';
  if (answer === '') return { isolated: false, cause: 'proxy', what: `what listens at ${proxy} takes its connection and says nothing within ${PROXY_SECONDS} s` };
  if (answer === JSON.stringify({ anyon: 'egress', workspaceId })) return { isolated: true };
  return { isolated: false, cause: 'proxy', what: answer.includes('"anyon":"egress"') ? `the egress proxy at ${proxy} does not know it by its address` : `something else than the egress proxy answers at ${proxy}` };
}

/** A port on all addresses of this machine, which takes connections and ends them. Seen to work before it is returned. */
async function openCanary(): Promise<{ port: number; close: () => void }> {
  const server = net.createServer((socket) => socket.destroy());
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const own = net.connect(port, '127.0.0.1');
  try {
    await once(own, 'connect');
  } catch (error) {
    server.close();
    throw error;
  } finally {
    own.destroy();
  }
  return { port, close: () => void server.close() };
}
