import { z } from 'zod';
import { AnyonError, isAnyonError } from '@/server/errors';
import type { DockerClient } from '@/server/containers/docker-client';
import type { EngineInfo, EngineVersion } from '@/server/containers/engine';

const versionShape = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string(),
  Arch: z.string(),
  Components: z.array(z.object({ Name: z.string(), Version: z.string() })).nullish(),
});

const infoShape = z.object({
  ServerVersion: z.string(),
  MemTotal: z.number(),
  NCPU: z.number().int(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  DefaultRuntime: z.string(),
  LiveRestoreEnabled: z.boolean(),
  Driver: z.string(),
  CgroupVersion: z.string().nullish(),
  SecurityOptions: z.array(z.string()).nullish(),
  Plugins: z.object({ Log: z.array(z.string()).nullish() }).nullish(),
  KernelVersion: z.string(),
  Warnings: z.array(z.string()).nullish(),
  SystemTime: z.string(),
  DockerRootDir: z.string(),
  DefaultAddressPools: z.array(z.object({ Base: z.string() })).nullish(),
});

/** Says of every failure that the version could not be fetched: this is the health check. */
export async function readVersion(client: DockerClient, signal?: AbortSignal): Promise<EngineVersion> {
  try {
    const version = await client.ask({ method: 'GET', path: '/version', action: 'reach Docker', signal }, versionShape);
    const components = Object.fromEntries((version.Components ?? []).map((part) => [part.Name, part.Version]));
    return { version: version.Version, apiVersion: version.ApiVersion, os: version.Os, arch: version.Arch, components };
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    throw new AnyonError(error.kind, `Failed to fetch Docker version: ${error.message}`, { cause: error });
  }
}

export async function readInfo(client: DockerClient, signal?: AbortSignal): Promise<EngineInfo> {
  const info = await client.ask({ method: 'GET', path: '/info', action: 'ask Docker about itself', signal }, infoShape);
  return {
    version: info.ServerVersion,
    memoryBytes: info.MemTotal,
    cpus: info.NCPU,
    runtimes: Object.keys(info.Runtimes ?? {}),
    defaultRuntime: info.DefaultRuntime,
    liveRestore: info.LiveRestoreEnabled,
    storageDriver: info.Driver,
    // Engines that do not say it know only the first version.
    cgroupVersion: info.CgroupVersion ?? '1',
    securityOptions: info.SecurityOptions ?? [],
    logDrivers: info.Plugins?.Log ?? [],
    kernelVersion: info.KernelVersion,
    warnings: info.Warnings ?? [],
    systemTime: info.SystemTime,
    dataRoot: info.DockerRootDir,
    addressPools: (info.DefaultAddressPools ?? []).map(({ Base }) => Base),
  };
}
