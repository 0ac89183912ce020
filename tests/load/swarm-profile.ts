import { buildContainer, type ContainerCreateBody } from '@/server/containers/container-spec';

/** The create request that a workspace would have, on a network of this name. */
export function workspaceContainer(image: string, network: string): Promise<ContainerCreateBody> {
  const limits = { memoryBytes: 512 * 1024 ** 2, cpus: 1, pids: 256 };
  return buildContainer({ name: 'trial', image, user: '1000:1000', env: { A: '1' }, labels: {}, network, limits, mounts: [], hosts: { 'anyon.test': '192.0.2.1' }, dns: ['192.0.2.53'] }, { instance: 'trial', dataDir: '/nowhere' });
}

/** As much of that profile as version 1.41 of the engine's API has words for in a service. What newer versions have besides is in docs/scale.md. */
export function asService(body: ContainerCreateBody, { name, network, secretId }: { name: string; network: string; secretId: string }): object {
  const host = body.HostConfig;
  return {
    Name: name,
    Labels: body.Labels,
    Mode: { Replicated: { Replicas: 1 } },
    TaskTemplate: {
      ContainerSpec: {
        Image: body.Image,
        Command: ['sleep', 'infinity'],
        Env: body.Env,
        Labels: body.Labels,
        User: body.User,
        TTY: body.Tty,
        OpenStdin: body.OpenStdin,
        Init: host.Init,
        CapabilityDrop: host.CapDrop,
        Ulimits: host.Ulimits,
        Hosts: host.ExtraHosts.map((pair) => pair.replace(/^([^:]+):(.*)$/, '$2 $1')),
        DNSConfig: { Nameservers: host.Dns, Options: host.DnsOptions },
        Mounts: [{ Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 256 * 1024 ** 2, Mode: 0o1777 } }],
        Secrets: [{ SecretID: secretId, SecretName: `${name}-secret`, File: { Name: 'token', UID: '1000', GID: '1000', Mode: 0o400 } }],
        // Sent although 1.41 has no word for it, to see what becomes of it: newer versions have.
        Privileges: { NoNewPrivileges: true },
      },
      Resources: { Limits: { MemoryBytes: host.Memory, NanoCPUs: host.NanoCpus, Pids: host.PidsLimit } },
      RestartPolicy: { Condition: 'none' },
      LogDriver: { Name: host.LogConfig.Type, Options: host.LogConfig.Config },
      Networks: [{ Target: network }],
    },
  };
}

/** Each key of the profile's HostConfig: what it is with us, and what the engine made of the service. */
export function compareHostConfig(ours: ContainerCreateBody, theirs: Record<string, unknown>): { key: string; ours: string; service: string; same: boolean }[] {
  return Object.entries(ours.HostConfig).map(([key, value]) => {
    const [wanted, got] = [JSON.stringify(value), JSON.stringify(theirs[key] ?? null)];
    return { key, ours: wanted, service: got, same: wanted === got };
  });
}
