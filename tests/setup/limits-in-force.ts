import type { ContainerEngine } from '@/server/containers/engine';

const V2 = 'cat /sys/fs/cgroup/memory.max; cut -d" " -f1 /sys/fs/cgroup/cpu.max; cut -d" " -f2 /sys/fs/cgroup/cpu.max; cat /sys/fs/cgroup/pids.max';
const V1 = 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us pids/pids.max';

/** A container's own view of its limits, under cgroup v2 or v1: what the kernel holds it to, whatever the engine says. */
export async function limitsInForce(engine: ContainerEngine, id: string): Promise<{ memory: number; cpus: number; pids: number }> {
  const { stdout, stderr } = await engine.exec(id, { argv: ['sh', '-c', `if [ -f /sys/fs/cgroup/memory.max ]; then ${V2}; else ${V1}; fi`] });
  if (stderr.length > 0) throw new Error(`The limits could not be read: ${stderr.toString()}`);
  const [memory, quota, period, pids] = stdout.toString().trim().split('\n').map(Number) as [number, number, number, number];
  return { memory, cpus: quota / period, pids };
}
