import { AnyonError } from '@/server/errors';
import { assertHardened, assertLimitsOnly } from '@/server/containers/hardened-profile';
import { isNonRootUser } from '@/server/containers/container-user';
import { assertIsolatedNetwork, assertPlainConnect } from '@/server/containers/isolated-network';

interface GuardedRequest {
  method: string;
  path: string;
  body?: Readonly<Record<string, unknown>>;
}

const container = '/containers/[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}';
const network = '/networks/[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}';
const image = '/images/[a-zA-Z0-9][a-zA-Z0-9_.:@/-]{0,511}';
const execution = '/exec/[a-f0-9]{1,64}';

/**
 * Everything Anyon may ask of the engine. The Docker socket is root on the host, so what is not here does not exist:
 * no build, commit, attach, plugins, swarm, volumes, prune or archive.
 */
const allowed: ReadonlyArray<{ method: string; path: RegExp }> = [
  { method: 'GET', path: /^\/version$/ },
  { method: 'GET', path: /^\/info$/ },
  { method: 'GET', path: /^\/events$/ },
  { method: 'GET', path: pattern(`${image}/json`) },
  { method: 'POST', path: /^\/images\/create$/ },
  { method: 'GET', path: /^\/networks$/ },
  { method: 'POST', path: /^\/networks\/create$/ },
  { method: 'GET', path: pattern(network) },
  { method: 'DELETE', path: pattern(network) },
  { method: 'POST', path: pattern(`${network}/connect`) },
  { method: 'GET', path: /^\/containers\/json$/ },
  { method: 'POST', path: /^\/containers\/create$/ },
  { method: 'GET', path: pattern(`${container}/(json|logs|stats)`) },
  { method: 'POST', path: pattern(`${container}/(start|stop|restart|kill|wait|exec|update|rename|unpause)`) },
  { method: 'DELETE', path: pattern(container) },
  { method: 'POST', path: pattern(`${execution}/start`) },
  { method: 'GET', path: pattern(`${execution}/json`) },
];

/**
 * Throws before anything reaches the socket unless the request is on the list, a container to be created carries the
 * hardened profile, a change of a container touches its limits only, a network is an isolated one, and a command in a
 * container runs unprivileged, without stdin unless on a terminal, to pass bytes to a port or to attend, as somebody else than root.
 */
export function assertAllowedRequest(request: GuardedRequest): void {
  const { method, path } = request;
  const listed = allowed.some((entry) => entry.method === method && entry.path.test(path));
  if (!listed || path.includes('..')) throw new AnyonError('forbidden', `Anyon never asks Docker for ${method} ${path.slice(0, 200)}.`);
  if (path === '/containers/create') assertHardened(request.body ?? {});
  if (path === '/networks/create') assertIsolatedNetwork(request.body ?? {});
  if (path.endsWith('/connect')) assertPlainConnect(path, request.body ?? {});
  if (path.endsWith('/update')) assertLimitsOnly(request.body ?? {});
  if (path.endsWith('/exec')) assertUnprivilegedExec(request.body ?? {});
}

function assertUnprivilegedExec(body: Readonly<Record<string, unknown>>): void {
  const { Privileged: privileged, User: user, AttachStdin: attachStdin, Tty: tty } = body;
  // Somebody types into a terminal only; what runs without one gets its input by file, but for the bytes to a port and the words to the wrapper.
  const plain = (privileged === undefined || privileged === false) && (attachStdin === undefined || attachStdin === false || tty === true || dialsPort(body['Cmd']) || attends(body['Cmd']));
  // Without a user the command runs as the container's own, which the hardened profile keeps from being root.
  const nonRoot = user === undefined || (typeof user === 'string' && isNonRootUser(user));
  if (!plain || !nonRoot) throw new AnyonError('forbidden', 'Commands in a container run unprivileged, without stdin unless on a terminal, and never as root.');
}

function dialsPort(command: unknown): boolean {
  return Array.isArray(command) && command.length === 3 && command[0] === 'anyon-run' && command[1] === 'dial' && /^[1-9]\d{0,4}$/.test(String(command[2]));
}

function attends(command: unknown): boolean {
  return Array.isArray(command) && command.length === 2 && command[0] === 'anyon-run' && command[1] === 'attend';
}

function pattern(source: string): RegExp {
  return new RegExp(`^${source}$`);
}
