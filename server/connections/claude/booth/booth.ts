import { createHash } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { claudeBooths } from '@/db/schema';
import type { ContainerEngine, ContainerSpec, NetworkSpec } from '@/server/containers/engine';
import { database } from '@/server/database';
import { claimBoothSubnet } from '@/server/egress/claim-subnet';
import { bridgePrefix, egressEnvironment } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { Destination } from '@/server/outbound/destination';

/** A throw-away container of one person's, hardened like a workspace, without a mount, with a network of its own that leads to the egress proxy only. */
export interface Booth {
  engine: ContainerEngine;
  containerId: string;
}

export interface BoothPlan {
  /** A uuid that no other booth has. */
  id: string;
  userId: string;
  purpose: 'login' | 'check';
  /** What it may reach beside what everybody may. */
  destinations: readonly Destination[];
}

/** Marks containers and networks of booths; its value is the booth's id. */
export const BOOTH_LABEL = 'anyon.login';

/** Memory, and gone with the container. */
export const BOOTH_HOME = '/tmp';
const LIMITS = { memoryBytes: 1024 ** 3, cpus: 1, pids: 256 };

/** Does the work in a booth, which is removed however the work ends; what cannot be removed at once is swept later. */
export async function withBooth<Result>(engine: ContainerEngine, plan: BoothPlan, work: (booth: Booth) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
  const container = boothContainer(plan.id);
  // The row comes before anything is made: what has no row is nobody's, and swept.
  await database().insert(claudeBooths).values({ ...plan, destinations: [...plan.destinations] });
  try {
    await engine.ensureImage(env().ANYON_CLOUD_IMAGE, signal ? { signal } : {});
    await claimBoothSubnet(plan.id, await engine.ensureNetwork(boothNetwork(plan.id), signal));
    const containerId = await engine.createContainer(container, signal);
    await engine.startContainer(containerId, signal);
    return await work({ engine, containerId });
  } finally {
    await removeBooth(engine, plan.id).catch((error: unknown) => log().warn({ reason: describeError(error), boothId: plan.id }, 'claude: a booth could not be removed, it is swept later'));
  }
}

/** Removes container, network and row. Absent is fine. */
export async function removeBooth(engine: ContainerEngine, id: string): Promise<void> {
  await engine.removeContainer(boothName(id));
  await engine.removeNetwork(boothName(id));
  await database().delete(claudeBooths).where(eq(claudeBooths.id, id));
}

function boothName(id: string): string {
  return `${env().ANYON_INSTANCE}-booth-${id}`;
}

function boothLabels(id: string): Record<string, string> {
  return { 'anyon.instance': env().ANYON_INSTANCE, [BOOTH_LABEL]: id };
}

/** `r`: the firewall lets it reach the proxy and nothing else. */
function boothNetwork(id: string): NetworkSpec {
  const hash = createHash('sha256').update(id).digest('hex').slice(0, 8);
  return { name: boothName(id), labels: boothLabels(id), bridge: `${bridgePrefix()}r${hash}`, pool: env().ANYON_ADDRESS_POOL };
}

function boothContainer(id: string): ContainerSpec {
  const uid = env().ANYON_DOCKER_USER;
  return {
    name: boothName(id),
    image: env().ANYON_CLOUD_IMAGE,
    labels: boothLabels(id),
    env: { ...egressEnvironment(), HOME: BOOTH_HOME },
    dns: ['127.0.0.1'], // names are looked up by the proxy alone
    runtime: env().ANYON_CONTAINER_RUNTIME ?? null,
    user: `${uid}:${uid}`,
    network: boothName(id),
    limits: LIMITS,
    mounts: [],
  };
}
