/** A file system as the kernel has mounted it. */
export interface Mount {
  mountPoint: string;
  /** e.g. ext4 */
  type: string;
  device: string;
  /** Of the mount and of the file system behind it. */
  options: readonly string[];
}

/**
 * The mount that `path` (absolute, without symbolic links) lies on, from the text of /proc/self/mountinfo. Null when it does
 * not say. Of two at one place the later counts: it covers the other.
 */
export function mountOf(mountinfo: string, path: string): Mount | null {
  let best: Mount | null = null;
  for (const line of mountinfo.split('\n')) {
    const mount = parseLine(line);
    if (!mount || !holds(mount.mountPoint, path)) continue;
    if (!best || mount.mountPoint.length >= best.mountPoint.length) best = mount;
  }
  return best;
}

/** `36 35 98:0 /root /point rw,noatime shared:1 - ext4 /dev/sda1 rw,prjquota`: the number of fields before the dash varies. */
function parseLine(line: string): Mount | null {
  const [before, after] = line.split(' - ');
  const mountPoint = before?.split(' ')[4];
  const mountOptions = before?.split(' ')[5];
  const [type, device, superOptions] = after?.split(' ') ?? [];
  if (!mountPoint || !mountOptions || !type || !device) return null;
  return { mountPoint: unescape(mountPoint), type, device: unescape(device), options: [...mountOptions.split(','), ...(superOptions ?? '').split(',')] };
}

/** The kernel writes a space as \040, and so on. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function holds(mountPoint: string, path: string): boolean {
  return mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
}
