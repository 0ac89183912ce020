import { AnyonError } from '@/server/errors';

/** The API path of a container, by id or name. Throws `invalid` for what could be neither. */
export function containerPath(id: string): string {
  return `/containers/${checkName(id, 'container')}`;
}

/** The API path of a network, by id or name. Throws `invalid` for what could be neither. */
export function networkPath(name: string): string {
  return `/networks/${checkName(name, 'network')}`;
}

/** Returns a name that Docker accepts for a container or network; throws `invalid` otherwise. */
export function checkName(name: string, what: 'container' | 'network'): string {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name) || name.includes('..')) {
    throw new AnyonError('invalid', `"${name.slice(0, 100)}" is not the name or id of a ${what}.`);
  }
  return name;
}

/** How messages name a container: its name, or the short form of an id. */
export function shortId(id: string): string {
  return /^[a-f0-9]{64}$/.test(id) ? id.slice(0, 12) : id.slice(0, 128);
}
