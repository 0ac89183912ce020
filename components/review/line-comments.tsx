'use client';

import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { ReviewComment } from '@/contract/review';
import { CommentBox } from '@/components/review/comment-box';
import type { CommentActions, Draft } from '@/components/review/use-comments';
import { IconButton } from '@/components/ui/button';
import { RelativeTime } from '@/components/ui/relative-time';

interface LineCommentsProps {
  path: string;
  written: ReviewComment[];
  drafts: Draft[];
  actions: CommentActions;
  /** The person who looks. */
  userId: string | null;
  /** The line reads otherwise by now. */
  outdated?: boolean;
}

/** What people say about one line, and the boxes in which more of it is written. */
export function LineComments({ path, written, drafts, actions, userId, outdated = false }: LineCommentsProps) {
  return (
    <div className="font-sans text-sm whitespace-normal">
      {written.map((comment) => (
        <Comment key={comment.id} comment={comment} actions={actions} isOwn={comment.author.id === userId} outdated={outdated} />
      ))}
      {drafts.map((draft) => (
        <div key={`${draft.side}${draft.line}`}>
          {outdated && <Quoted anchor={draft} />}
          <CommentBox
            label={`Comment on line ${draft.line} of ${path}`}
            body={draft.body}
            saveLabel="Add comment"
            onWrite={(body) => actions.write(draft, body)}
            onSave={() => actions.save(draft, path)}
            onCancel={() => actions.close(draft)}
          />
        </div>
      ))}
    </div>
  );
}

function Comment({ comment, actions, isOwn, outdated }: { comment: ReviewComment; actions: CommentActions; isOwn: boolean; outdated: boolean }) {
  const [body, setBody] = useState<string | null>(null);
  const isSent = comment.sentAt !== null;
  if (body !== null) {
    const save = async () => {
      if (await actions.change(comment, body)) setBody(null);
    };
    return <CommentBox label="Change the comment" body={body} saveLabel="Save" onWrite={setBody} onSave={() => void save()} onCancel={() => setBody(null)} />;
  }
  return (
    <article className="max-w-2xl border-y border-line bg-surface px-3 py-2">
      {outdated && <Quoted anchor={comment} />}
      <header className="flex items-center gap-2 text-xs text-ink-faint">
        <span className="font-medium text-ink-soft">{comment.author.login}</span>
        <RelativeTime date={comment.createdAt} />
        <span className="rounded-full border border-line-strong px-1.5">{isSent ? 'sent' : 'not sent yet'}</span>
        {outdated && <span className="rounded-full border border-line-strong px-1.5">outdated</span>}
        {isOwn && !isSent && (
          <span className="ml-auto flex">
            <IconButton label="Change the comment" onClick={() => setBody(comment.body)}>
              <Pencil aria-hidden />
            </IconButton>
            <IconButton label="Take the comment back" onClick={() => actions.remove(comment)}>
              <Trash2 aria-hidden />
            </IconButton>
          </span>
        )}
      </header>
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{comment.body}</p>
    </article>
  );
}

/** The line as it was when the comment was written. */
function Quoted({ anchor: { side, line, lineText } }: { anchor: Pick<ReviewComment, 'side' | 'line' | 'lineText'> }) {
  return (
    <p className="mb-1 truncate font-mono text-xs text-ink-faint" title={lineText}>
      {side === 'old' ? 'was line' : 'line'} {line}: {lineText}
    </p>
  );
}
