'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { ReviewComment } from '@/contract/review';
import type { LineAnchor } from '@/components/review/comment-anchors';
import { errorSentence } from '@/components/trpc/error-kind';
import { useTRPC } from '@/components/trpc/trpc';

/** A comment that is being written. */
export interface Draft extends LineAnchor {
  fileId: string;
  body: string;
}

/** What is being written stays when the tab is left and come back to. */
const kept = new Map<string, Draft[]>();

/** The comments of a run, and those that are being written. */
export function useComments(runId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const comments = useQuery(trpc.review.comments.queryOptions({ runId }));
  const again = { onSettled: () => queryClient.invalidateQueries(trpc.review.comments.queryFilter({ runId })) };
  const add = useMutation(trpc.review.addComment.mutationOptions(again));
  const change = useMutation(trpc.review.changeComment.mutationOptions(again));
  const remove = useMutation(trpc.review.removeComment.mutationOptions(again));
  const [drafts, setState] = useState<Draft[]>(() => kept.get(runId) ?? []);
  const setDrafts = useCallback(
    (update: (drafts: Draft[]) => Draft[]) => {
      const next = update(kept.get(runId) ?? []);
      kept.set(runId, next);
      setState(next);
    },
    [runId],
  );
  const open = useCallback((draft: Draft) => setDrafts((all) => (all.some((one) => isSame(one, draft)) ? all : [...all, draft])), [setDrafts]);
  const write = useCallback((draft: Draft, body: string) => setDrafts((all) => all.map((one) => (isSame(one, draft) ? { ...one, body } : one))), [setDrafts]);
  const close = useCallback((draft: Draft) => setDrafts((all) => all.filter((one) => !isSame(one, draft))), [setDrafts]);
  const failure = [add, change, remove].find(({ isError }) => isError)?.error;
  const { mutateAsync: addOne } = add;
  const { mutateAsync: changeOne } = change;
  const { mutate: removeOne } = remove;
  const actions = useMemo(
    () => ({
      open,
      write,
      close,
      save: (draft: Draft, path: string) => {
        const { side, line, lineText, body } = draft;
        void addOne({ runId, path, side, line, lineText, body }).then(() => close(draft), () => undefined); // what went wrong is shown above
      },
      /** True when it was changed. */
      change: (comment: ReviewComment, body: string) => changeOne({ runId, commentId: comment.id, body }).then(() => true, () => false),
      remove: (comment: ReviewComment) => removeOne({ runId, commentId: comment.id }),
    }),
    [open, write, close, addOne, changeOne, removeOne, runId],
  );
  return { all: comments.data ?? noComments, drafts, actions, failure: failure ? errorSentence(failure) : comments.isError ? errorSentence(comments.error) : null };
}
export type Comments = ReturnType<typeof useComments>;
export type CommentActions = Comments['actions'];

const noComments: ReviewComment[] = [];

function isSame(one: Draft, other: Draft): boolean {
  return one.fileId === other.fileId && one.side === other.side && one.line === other.line;
}
