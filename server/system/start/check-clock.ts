import { stat } from 'node:fs/promises';
import type { SystemCheck } from '@/contract/system-status';
import { runProgram } from '@/server/deployment/run-program';
import { failed, inOrder, warning } from '@/server/system/check';

const DAY_MS = 86_400_000;
const NAME = 'Clock of this machine';
const FIX = 'Let it take its time from the network: `sudo timedatectl set-ntp true`.';

/** A clock can be seen to be wrong without asking anybody: this build was made in the past. */
export async function checkMachineClock(): Promise<SystemCheck[]> {
  const built = await stat(process.argv[1] ?? process.execPath).then(({ mtimeMs }) => mtimeMs, () => 0);
  const { exitCode, stdout } = await runProgram('timedatectl', ['show', '--property=NTPSynchronized', '--value'], 1_500);
  return [judgeMachineClock({ now: Date.now(), built, synchronized: exitCode === 0 ? stdout.trim() : null })];
}

/** `synchronized` is the system's own word, `yes` or `no`; null where it has none. */
export function judgeMachineClock({ now, built, synchronized }: { now: number; built: number; synchronized: string | null }): SystemCheck {
  const says = `${new Date(now).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  if (now < built - DAY_MS) return failed(NAME, `It says ${says}, and this Anyon was made after that: sign-ins, certificates and schedules would all be wrong.`, FIX);
  if (synchronized === 'no') return warning(NAME, `It says ${says} and does not take its time from the network.`, FIX);
  return inOrder(NAME, says);
}
