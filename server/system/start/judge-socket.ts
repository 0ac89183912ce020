import type { SystemCheck } from '@/contract/system-status';
import { failed, inOrder, warning } from '@/server/system/check';

const NAME = 'Docker socket';

/** What there is to know about the socket and about who asks. */
export interface SeenSocket {
  path: string;
  /** Of the socket file; null when there is none, or none that this user can see. */
  file: { mode: number; group: string | null } | null;
  /** Code of the failure to connect; null when somebody answered. */
  refusal: string | null;
  user: string;
  /** The user is named in /etc/group as a member of the socket's group. */
  isMember: boolean;
}

/** Whether this user may use the engine, and nobody else can: a socket that everybody may use makes everybody root. */
export function judgeSocket({ path, file, refusal, user, isMember }: SeenSocket): SystemCheck {
  if (refusal === 'EACCES' || refusal === 'EPERM') return judgeRefusal({ path, group: file?.group ?? null, user, isMember });
  if (refusal === 'ENOENT' || file === null) return failed(NAME, `There is no Docker socket at ${path}.`, 'Start Docker, or run `npm run up`, which installs and starts it. Where it listens elsewhere, set DOCKER_HOST=unix:///path/of/docker.sock.');
  if (refusal !== null) return failed(NAME, `Nobody answers at the Docker socket ${path} (${refusal}).`, 'Start Docker: `sudo systemctl start docker`. Where it listens elsewhere, set DOCKER_HOST.');
  if ((file.mode & 0o002) !== 0) return failed(NAME, `Every user of this machine may use unix://${path}, and so become root.`, `Run \`sudo chmod 660 ${path}\`, and look for what opens it.`);
  return inOrder(NAME, `unix://${path}, for its owner and group only; ${user} may use it`);
}

/** What `bash scripts/setup-docker-env.sh` puts right, with the reasons for which it could not. */
function judgeRefusal({ path, group, user, isMember }: { path: string; group: string | null; user: string; isMember: boolean }): SystemCheck {
  if (group === null || group === 'root') return failed(NAME, `${user} may not use the Docker socket ${path}: it belongs to ${group === null ? 'no group that this machine knows' : 'the group root'}.`, 'Run `sudo groupadd --force docker` and restart Docker, then `bash scripts/setup-docker-env.sh`. In a container, add the number of the group of the socket (group_add).');
  if (isMember) return failed(NAME, `${user} may not use the Docker socket ${path} yet: ${user} is in the group ${group}, but this session began before that.`, `Log out and in again (or type \`newgrp ${group}\`); restart Anyon where it runs as a service.`);
  return failed(NAME, `${user} may not use the Docker socket ${path}: ${user} is not in the group ${group}.`, `Run \`bash scripts/setup-docker-env.sh\` once, then log out and in again. For a service: SupplementaryGroups=${group}; for a container: group_add.`);
}

/** An engine over the network. */
export function judgeNetworkEngine(address: string, refusal: string | null): SystemCheck {
  if (refusal !== null) return failed(NAME, `Docker does not answer at ${address} (${refusal}).`, 'Start that engine, or correct DOCKER_HOST.');
  return warning(NAME, `Anyon speaks to Docker over the network (${address}), without encryption. Who can reach that address is root on its machine.`, 'Use the socket of an engine on this machine, or make sure that nobody else can reach the address.');
}
