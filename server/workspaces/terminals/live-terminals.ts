import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { processState } from '@/server/process-state';
import { LiveTerminal } from '@/server/workspaces/terminals/live-terminal';
import { endTerminalRow, type TerminalRow } from '@/server/workspaces/terminals/terminal-rows';

interface Entry {
  live: LiveTerminal;
  users: number;
  leaving: NodeJS.Timeout | undefined;
}

/** A reload comes back within this time and finds the attachment as it was. */
const LINGER_MS = 15_000;

/** The attachment to a terminal that everybody in this process shares. Each who joins must call `leave` once; the last one lets it go, soon. */
export function joinTerminal(row: Pick<TerminalRow, 'id' | 'workspaceId' | 'containerId'>): { live: LiveTerminal; leave: () => void } {
  const hub = processState('terminal-hub', () => new Map<string, Entry>());
  const entry = hub.get(row.id) ?? { live: attach(row), users: 0, leaving: undefined };
  hub.set(row.id, entry);
  entry.users++;
  clearTimeout(entry.leaving);
  return {
    live: entry.live,
    leave: () => {
      if (--entry.users > 0) return;
      entry.leaving = setTimeout(() => {
        hub.delete(row.id);
        entry.live.letGo();
      }, LINGER_MS);
      entry.leaving.unref();
    },
  };
}

function attach({ id, workspaceId, containerId }: Pick<TerminalRow, 'id' | 'workspaceId' | 'containerId'>): LiveTerminal {
  return new LiveTerminal({ id, workspaceId, containerId, engine: containerEngine(), onEnd: (reason) => endTerminalRow(database(), id, reason, null) });
}
