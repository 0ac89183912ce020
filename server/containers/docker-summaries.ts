import { z } from 'zod';
import type { DockerClient } from '@/server/containers/docker-client';
import { containerStatuses, type ContainerFilter, type ContainerSummary } from '@/server/containers/engine';

const summaryShape = z.object({
  Id: z.string(),
  Names: z.array(z.string()).nullish(),
  Image: z.string(),
  Labels: z.record(z.string(), z.string()).nullish(),
  State: z.enum(containerStatuses),
  NetworkSettings: z.object({ Networks: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

/** One question, answered by Docker from its own copy of the states: quick for hundreds, and not held up by one container that hangs. */
export async function summarizeContainers(client: DockerClient, filter: ContainerFilter, signal?: AbortSignal): Promise<ContainerSummary[]> {
  const filters = 'labels' in filter ? { label: Object.entries(filter.labels).map(([name, value]) => `${name}=${value}`) } : { name: [filter.namePrefix] };
  const query = { all: true, filters: JSON.stringify(filters) };
  const listed = await client.ask({ method: 'GET', path: '/containers/json', query, action: 'list the containers', signal }, z.array(summaryShape));
  const summaries = listed.map(toSummary);
  // Docker's filter finds a name anywhere in names and links.
  return 'labels' in filter ? summaries : summaries.filter(({ name }) => name.startsWith(filter.namePrefix));
}

function toSummary(found: z.infer<typeof summaryShape>): ContainerSummary {
  // Links add further names, with a second slash.
  const name = found.Names?.find((text) => text.lastIndexOf('/') === 0) ?? found.Names?.[0] ?? '';
  return {
    id: found.Id,
    name: name.replace(/^\//, ''),
    image: found.Image,
    labels: found.Labels ?? {},
    status: found.State,
    attachedNetworks: Object.keys(found.NetworkSettings?.Networks ?? {}),
  };
}
