/** A weakness of something that Anyon stands on, and the first version of each line that is free of it. */
export interface Advisory {
  /** As the engine names the component. */
  component: 'Engine' | 'containerd' | 'runc';
  id: string;
  /** What it lets happen here. */
  danger: string;
  fixedIn: readonly (readonly [number, number, number])[];
}

export const advisories: readonly Advisory[] = [
  { component: 'Engine', id: 'CVE-2024-29018', danger: 'names are looked up for containers on networks that lead nowhere', fixedIn: [[23, 0, 11], [25, 0, 5], [26, 0, 0]] },
  { component: 'containerd', id: 'CVE-2024-25621', danger: 'other users of this machine can reach what containerd keeps of images and containers', fixedIn: [[1, 7, 29], [2, 0, 7], [2, 1, 5], [2, 2, 0]] },
  { component: 'runc', id: 'CVE-2024-21626', danger: 'a program can leave its container by a leaked file descriptor', fixedIn: [[1, 1, 12], [1, 2, 0]] },
  { component: 'runc', id: 'CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881', danger: 'a program can leave its container by files that runc masks or writes', fixedIn: [[1, 2, 8], [1, 3, 3], [1, 4, 0]] },
];

/** True when that version is older than the fix. A version that cannot be read is taken for a good one: nothing is known against it. */
export function concerns(advisory: Advisory, version: string): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!found) return false;
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map(Number);
  const newest = advisory.fixedIn.at(-1) ?? [0, 0, 0];
  if (major > newest[0] || (major === newest[0] && minor > newest[1])) return false;
  const sameLine = advisory.fixedIn.find((fixed) => fixed[0] === major && fixed[1] === minor);
  return sameLine === undefined || patch < sameLine[2];
}
