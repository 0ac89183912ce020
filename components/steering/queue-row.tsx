'use client';

import { ArrowDown, ArrowUp, Pencil, X } from 'lucide-react';
import { useState } from 'react';
import type { FollowUpView } from '@/contract/follow-up';
import { usePerson } from '@/components/frame/person-context';
import { promptTitle } from '@/components/runs/run-figures';
import { permissionModeWords } from '@/components/steering/permission-modes';
import { Button, IconButton } from '@/components/ui/button';
import { TextArea } from '@/components/ui/field';

interface QueueRowProps {
  followUp: FollowUpView;
  place: number;
  isLast: boolean;
  onMove: (by: -1 | 1) => void;
  /** Resolves when the words are changed. */
  onChange: (prompt: string) => Promise<unknown>;
  onCancel: () => void;
}

/** One follow-up that waits. */
export function QueueRow({ followUp, place, isLast, onMove, onChange, onCancel }: QueueRowProps) {
  const [editing, setEditing] = useState(false);
  const me = usePerson();
  const isMine = me.login === followUp.createdBy.login;
  const title = promptTitle(followUp.prompt);
  if (editing) return <EditRow followUp={followUp} onDone={() => setEditing(false)} onChange={onChange} />;
  return (
    <li data-follow-up={followUp.id} className="flex min-w-0 items-center gap-2 px-2 py-1">
      <span className="w-5 shrink-0 text-right text-xs text-ink-faint tabular-nums">{place}</span>
      <div className="min-w-0 flex-1">
        <p className="truncate" title={followUp.prompt.slice(0, 1_000)}>
          {title}
        </p>
        <Told followUp={followUp} isMine={isMine} />
      </div>
      <div className="flex shrink-0">
        {isMine && (
          <IconButton label={`Change the words of follow-up ${place}`} onClick={() => setEditing(true)}>
            <Pencil aria-hidden />
          </IconButton>
        )}
        <IconButton label={`Move follow-up ${place} up`} data-move="-1" disabled={place === 1} onClick={() => onMove(-1)}>
          <ArrowUp aria-hidden />
        </IconButton>
        <IconButton label={`Move follow-up ${place} down`} data-move="1" disabled={isLast} onClick={() => onMove(1)}>
          <ArrowDown aria-hidden />
        </IconButton>
        <IconButton label={`Take back follow-up ${place}`} onClick={onCancel}>
          <X aria-hidden />
        </IconButton>
      </div>
    </li>
  );
}

/** What is special about it, where something is. */
function Told({ followUp: { model, permissionMode, limits, createdBy }, isMine }: { followUp: FollowUpView; isMine: boolean }) {
  const told = [!isMine && createdBy.login, permissionMode && permissionModeWords[permissionMode].label, model, limits?.maxTurns && `${limits.maxTurns} turns at most`, limits?.budgetUsd && `$${limits.budgetUsd} at most`].filter(Boolean);
  return told.length > 0 ? <p className="truncate text-xs text-ink-faint">{told.join(' · ')}</p> : null;
}

function EditRow({ followUp, onDone, onChange }: { followUp: FollowUpView; onDone: () => void; onChange: (prompt: string) => Promise<unknown> }) {
  const [text, setText] = useState(followUp.prompt);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      await onChange(text);
      onDone();
    } catch {
      setBusy(false); // the sentence stands above the list
    }
  };
  return (
    <li className="flex flex-col gap-2 p-2">
      <TextArea
        aria-label="The words of this follow-up"
        autoFocus
        rows={3}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && text.trim()) void save();
        }}
        className="max-h-[30dvh] field-sizing-content"
      />
      <div className="flex justify-end gap-2">
        <Button size="small" onClick={onDone}>
          Leave as it was
        </Button>
        <Button size="small" variant="primary" busy={busy} disabled={!text.trim()} onClick={() => void save()}>
          Save
        </Button>
      </div>
    </li>
  );
}
