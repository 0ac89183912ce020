import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '@/tests/house/house';

const run = promisify(execFile);

export interface OtherKernelOptions {
  /** Path in this project; it gets the name of the file for its answer, JSON, as its argument. */
  program: string;
  makeFileSystem: readonly [string, ...string[]];
  /** Arguments of mount, without device and place. */
  mount: readonly string[];
  /** Of the kernel, to load first. */
  modules: readonly string[];
  environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a program of the tests under another Linux kernel than this machine's: Debian's User Mode Linux, which is a process
 * like any other and sees this machine's files. Its one disk is a new file system of the given type at /mnt/data. For what
 * the kernel of a test machine may lack. Needs root, a C compiler, and the packages user-mode-linux, kmod, and those of the file system.
 */
export async function runUnderOtherKernel<T>(options: OtherKernelOptions): Promise<T> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-kernel-'));
  const inside = (name: string) => path.join(directory, name);
  try {
    writeFileSync(inside('disk'), '');
    truncateSync(inside('disk'), 512 * 1024 * 1024);
    const [make, ...makeArguments] = options.makeFileSystem;
    await run(make, [...makeArguments, inside('disk')]);
    writeFileSync(inside('init'), initScript(options, inside('answer'), inside('log')), { mode: 0o755 });
    await run('cc', ['-shared', '-fPIC', '-O1', '-o', inside('whole-registers.so'), path.join(root, 'tests/setup/whole-registers.c')]);
    const kernel = ['mem=800M', 'rootfstype=hostfs', 'rootflags=/', 'rw', `ubd0=${inside('disk')}`, `init=${inside('init')}`, 'con=null', 'con0=null,null', 'quiet'];
    await run('linux.uml', kernel, { timeout: 110_000, killSignal: 'SIGKILL', env: { ...process.env, LD_PRELOAD: inside('whole-registers.so') } }).catch((error: unknown) => {
      throw new Error(`The other kernel did not end well. ${logOf(inside('log'))}`, { cause: error });
    });
    if (!existsSync(inside('answer'))) throw new Error(`The program under the other kernel gave no answer. ${logOf(inside('log'))}`);
    return JSON.parse(readFileSync(inside('answer'), 'utf8')) as T;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function logOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-3000) : 'There is no log.';
}

/** The other kernel's first process. It must switch the kernel off itself, or that would never end. */
function initScript(options: OtherKernelOptions, answer: string, log: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const environment = { TMPDIR: '/mnt/tmp', HOME: '/mnt/tmp', ANYON_DATA_DIR: '/mnt/data', NODE_ENV: 'test', ...options.environment };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`).join(' ');
  const program = [process.execPath, '--conditions=react-server', '--import', 'tsx', path.join(root, options.program), answer].map(quote).join(' ');
  return `#!/bin/bash
exec >${quote(log)} 2>&1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /mnt; mkdir /mnt/data /mnt/tmp
for module in ${options.modules.map(quote).join(' ')}; do insmod /usr/lib/uml/modules/$(uname -r)/kernel/$module.ko; done
mount ${options.mount.map(quote).join(' ')} /dev/ubda /mnt/data
cd ${quote(root)}
${variables} ${program}
cd /; umount /mnt/data
echo o > /proc/sysrq-trigger
sleep 60
`;
}
