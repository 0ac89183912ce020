import path from 'node:path';
import { env } from '@/server/env';
import type { ChildCommand } from '@/server/parent/supervised-child';

/** The port of each process's debugger, counted from that of ANYON_INSPECT. */
const PLACES = { web: 0, worker: 1 } as const;

/** What opens the debugger of a process; nothing unless ANYON_INSPECT says where, and never outside development. */
export function debuggerArguments(child: keyof typeof PLACES): string[] {
  const address = debuggerAddress(child);
  return address === null ? [] : [`--inspect=${address}`];
}

/** The web process out of the sources of `project`: compiled when they are asked for, and again whenever they change. */
export function developmentWeb(web: ChildCommand, project: string): ChildCommand {
  const { ANYON_HOST, ANYON_PORT } = env();
  const next = path.join(project, 'node_modules/next/dist/bin/next');
  const argv = [next, 'dev', project, '--hostname', ANYON_HOST, '--port', String(ANYON_PORT), ...debuggerArguments('web')];
  return { ...web, argv, cwd: project, env: { ...web.env, NODE_ENV: 'development' } };
}

function debuggerAddress(child: keyof typeof PLACES): string | null {
  const { ANYON_INSPECT, NODE_ENV } = env();
  if (ANYON_INSPECT === undefined || NODE_ENV !== 'development') return null;
  const at = ANYON_INSPECT.lastIndexOf(':');
  return `${ANYON_INSPECT.slice(0, at)}:${Number(ANYON_INSPECT.slice(at + 1)) + PLACES[child]}`;
}
