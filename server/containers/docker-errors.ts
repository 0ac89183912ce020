import { AnyonError } from '@/server/errors';
import type { ErrorKind } from '@/contract/error-kind';

/** What was tried, as a verb phrase ("create the container x"), and where the engine was looked for. */
export interface DockerAttempt {
  action: string;
  address: string;
}

const startDocker = 'Start Docker (for example with `sudo systemctl start docker`) and try again.';

/** Connection failures by errno: nothing there, not allowed, or cut off. */
const connectionFailures: Readonly<Record<string, (address: string) => string>> = {
  ENOENT: (address) => `There is no Docker socket at ${address}. ${startDocker}`,
  ECONNREFUSED: (address) => `Nothing answers at ${address}. ${startDocker}`,
  EACCES: (address) => `This user may not use the Docker socket at ${address}. Run scripts/setup-docker-env.sh, sign in again and retry.`,
  EPERM: (address) => `This user may not use the Docker socket at ${address}. Run scripts/setup-docker-env.sh, sign in again and retry.`,
  ENOTFOUND: (address) => `The host in DOCKER_HOST (${address}) does not exist. Correct DOCKER_HOST or unset it.`,
  ECONNRESET: (address) => `Docker at ${address} closed the connection in the middle of an answer. ${startDocker}`,
  EPIPE: (address) => `Docker at ${address} closed the connection in the middle of a request. ${startDocker}`,
  HPE_INVALID_CONSTANT: (address) => `What listens at ${address} does not speak Docker's protocol. Check DOCKER_HOST.`,
};

/**
 * Causes that Docker reports only in its text, whatever the status; the first match wins. The texts are those of
 * Docker Engine 20.10 to 28 (daemon/*.go, libnetwork/ipamutils, runc).
 */
const knownTexts: ReadonlyArray<{ pattern: RegExp; kind: ErrorKind; sentence: string }> = [
  { pattern: /no space left on device/i, kind: 'limit_reached', sentence: 'The disk that Docker writes to is full. Free some space and try again.' },
  {
    pattern: /non-overlapping IPv4 address pool|all predefined address pools have been fully subnetted/i,
    kind: 'limit_reached',
    sentence: 'Docker has no free network addresses. Delete workspaces that are not needed, or set `default-address-pools` in /etc/docker/daemon.json to a larger range.',
  },
  { pattern: /permission denied while trying to connect/i, kind: 'unavailable', sentence: 'This user may not use the Docker socket. Run scripts/setup-docker-env.sh, sign in again and retry.' },
  { pattern: /has active endpoints/i, kind: 'conflict', sentence: 'Containers still use this network. Remove them first.' },
  { pattern: /is not running|is paused|is restarting/i, kind: 'precondition', sentence: 'The container is not running. Start it first.' },
  { pattern: /no such image/i, kind: 'precondition', sentence: 'The image is not on this machine. Build it with `npm run images`.' },
  { pattern: /error setting rlimits|ulimit|rlimit/i, kind: 'precondition', sentence: 'This host allows fewer open files than a container shall have (ANYON_OPEN_FILES). Lower that, or raise LimitNOFILE of the containerd service.' },
  { pattern: /(unknown|unknown or invalid|no such) runtime|unable to retrieve OCI runtime/i, kind: 'precondition', sentence: 'Docker does not know the container runtime that this container was made with. Name it under "runtimes" in /etc/docker/daemon.json again, or set another ANYON_CONTAINER_RUNTIME.' },
  { pattern: /memory\.(limit_in_bytes|max|memsw).*(device or resource busy|invalid argument)|setting cgroup config.*busy/i, kind: 'precondition', sentence: 'The container uses more memory than that now. Stop what runs in it first, or choose more.' },
  { pattern: /range of cpus is from/i, kind: 'limit_reached', sentence: 'The workspace asks for more CPU than this host has. Choose a smaller limit.' },
];

/** The registry could not be reached: Docker answers 500 with the text of its own HTTP client. */
const registryUnreachable = /no such host|i\/o timeout|connection refused|network is unreachable|TLS handshake timeout|certificate signed by unknown authority|x509:/i;

const kindByStatus: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'forbidden',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  429: 'limit_reached',
  503: 'unavailable',
};

/**
 * Turns anything the Docker client threw into an `AnyonError`: `unavailable` when the engine cannot be reached, the kind
 * that fits its answer otherwise, `internal` for what has no better name. The message says what was tried, what went
 * wrong and, where there is one, the fix. An `AnyonError` passes through unchanged.
 */
export function translateDockerError(error: unknown, attempt: DockerAttempt): AnyonError {
  if (error instanceof AnyonError) return error;
  const status = readStatus(error);
  const text = readText(error);
  if (status === null) {
    const sentence = describeConnectionFailure(error, attempt.address);
    if (sentence !== null) return new AnyonError('unavailable', `Could not ${attempt.action}. ${sentence}`, { cause: error });
  }
  const known = knownTexts.find((candidate) => candidate.pattern.test(text));
  if (known) return new AnyonError(known.kind, `Could not ${attempt.action}. ${known.sentence}`, { cause: error });
  if (status === null) return new AnyonError('unavailable', `Could not ${attempt.action}: the connection to Docker failed (${text}).`, { cause: error });
  const kind = kindByStatus[status] ?? (registryUnreachable.test(text) ? 'unavailable' : 'internal');
  return new AnyonError(kind, `Could not ${attempt.action}: Docker answered ${status} (${text}).`, { cause: error });
}

function describeConnectionFailure(error: unknown, address: string): string | null {
  const code = readProperty(error, 'code');
  if (typeof code !== 'string') return null;
  return connectionFailures[code]?.(address) ?? null;
}

/** The HTTP status that docker-modem attaches; null for failures below HTTP. */
function readStatus(error: unknown): number | null {
  const status = readProperty(error, 'statusCode');
  return typeof status === 'number' ? status : null;
}

/** The engine's own words, on one line, without control characters, at most 300 characters. */
function readText(error: unknown): string {
  const body = readProperty(error, 'json');
  const fromBody = readProperty(body, 'message');
  const message = typeof fromBody === 'string' ? fromBody : error instanceof Error ? error.message : String(error);
  // oxlint-disable-next-line no-control-regex
  const line = message.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line || 'no reason given';
}

function readProperty(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
}
