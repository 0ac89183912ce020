'use client';

import { Clock, Download, Ellipsis, Hash, Save, Search, WrapText } from 'lucide-react';
import { IconButton } from '@/components/ui/button';
import { Menu, MenuItem } from '@/components/ui/menu';
import { Segmented } from '@/components/ui/segmented';
import type { FollowedLog } from '@/components/logs/follow-run-log';
import { LogConnectionLabel } from '@/components/logs/log-connection-label';
import type { LogFilter, LogMode } from '@/components/logs/log-document';
import { runLogUrl } from '@/components/logs/run-log-range';
import type { RunLogSnapshot } from '@/components/logs/run-log-store';
import { saveText } from '@/components/logs/save-text';

export interface LogViewChoices {
  mode: LogMode;
  filter: LogFilter;
  wrap: boolean;
  times: boolean;
}

interface LogToolbarProps {
  log: FollowedLog;
  runId: string;
  snapshot: RunLogSnapshot;
  choices: LogViewChoices;
  onChoose: (change: Partial<LogViewChoices>) => void;
  onSearch: () => void;
  /** Whether the field for the number of a line is there. */
  isGoing: boolean;
  onGoing: () => void;
}

const modes: { value: LogMode; label: string }[] = [
  { value: 'readable', label: 'Readable' },
  { value: 'raw', label: 'Raw' },
];
const filters: { value: LogFilter; label: string }[] = [
  { value: 'both', label: 'All' },
  { value: 'out', label: 'Output' },
  { value: 'err', label: 'Errors' },
];

/** How the log is shown, whether it is live, and ways to take it away. */
export function LogToolbar({ log, runId, snapshot, choices, onChoose, onSearch, isGoing, onGoing }: LogToolbarProps) {
  const stream = choices.filter === 'err' ? 'err' : 'out';
  const whole = `${runLogUrl(runId, stream)}&download=1`;
  const save = () => saveText(log.store.received(stream), `run-${runId.slice(0, 8)}-received.log`);
  return (
    <div className="flex flex-wrap items-center gap-x-1.5 gap-y-1.5 py-2 sm:gap-x-2">
      <Segmented label="How lines are shown" value={choices.mode} options={modes} onChange={(mode) => onChoose({ mode })} />
      <Segmented label="Which output" value={choices.filter} options={filters} onChange={(filter) => onChoose({ filter })} />
      <LogConnectionLabel connection={snapshot.connection} />
      <div className="ml-auto flex items-center">
        <IconButton label="Search (Ctrl+F)" onClick={onSearch}>
          <Search aria-hidden />
        </IconButton>
        <IconButton label="Go to line" pressed={isGoing} onClick={onGoing}>
          <Hash aria-hidden />
        </IconButton>
        <IconButton label="Show when Claude Code wrote a line, where it says so" pressed={choices.times} onClick={() => onChoose({ times: !choices.times })}>
          <Clock aria-hidden />
        </IconButton>
        <IconButton label="Wrap long lines" pressed={choices.wrap} onClick={() => onChoose({ wrap: !choices.wrap })}>
          <WrapText aria-hidden />
        </IconButton>
        <div className="hidden items-center sm:flex">
          <IconButton label="Save what this page has received" onClick={save}>
            <Save aria-hidden />
          </IconButton>
          <a href={whole} download aria-label="Download the whole log" title="Download the whole log" className="inline-grid size-7 place-items-center rounded-md text-ink-soft hover:bg-hover hover:text-ink">
            <Download aria-hidden className="size-4" />
          </a>
        </div>
        <div className="sm:hidden">
          <Menu
            label="Take the log away"
            trigger={
              <IconButton label="Take the log away">
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            <MenuItem icon={<Save aria-hidden />} onSelect={save}>
              Save what this page has received
            </MenuItem>
            <MenuItem icon={<Download aria-hidden />} onSelect={() => location.assign(whole)}>
              Download the whole log
            </MenuItem>
          </Menu>
        </div>
      </div>
    </div>
  );
}
