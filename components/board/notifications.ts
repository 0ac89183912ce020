'use client';

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { isFinal } from '@/contract/run';
import type { BoardCard } from '@/contract/board';
import { newsIn, type CardNews } from '@/components/board/card-news';
import { useBoard } from '@/components/board/use-board';

const WANTED = 'anyon.notify';
const listeners = new Set<() => void>();

/** Whether this browser shall tell what happens while nobody looks: off, on, or refused by the browser itself. */
export type NotifyState = 'off' | 'on' | 'refused' | 'impossible';

export function useNotifyState(): NotifyState {
  return useSyncExternalStore(subscribe, notifyState, () => 'off');
}

/** Whether this browser tells what happens: then news must reach it while nobody looks. */
export function isNotifying(): boolean {
  return notifyState() === 'on';
}

/** Asks the browser for its permission where it has not been given; it answers by what `useNotifyState` says then. */
export async function switchNotifications(on: boolean): Promise<void> {
  if (on) await Notification.requestPermission();
  localStorage.setItem(WANTED, on ? 'yes' : 'no');
  for (const listener of listeners) listener();
}

/** Tells of runs that need somebody and of runs that are done, while the tab is not looked at. Once per browser, however many tabs are open: the same tag replaces itself. */
export function useNotifications(): void {
  const cards = useBoard().data;
  const state = useNotifyState();
  const known = useRef<BoardCard[] | null>(null);
  useEffect(() => {
    if (!cards) return;
    const news = known.current ? newsIn(known.current, cards) : [];
    known.current = cards;
    if (state === 'on' && document.visibilityState === 'hidden') for (const each of news) tell(each);
  }, [cards, state]);
}

function tell({ card, title }: CardNews): void {
  const body = [card.title, isFinal(card.status) ? card.lastSaid : card.statusReason].filter(Boolean).join('\n').slice(0, 300);
  const notification = new Notification(title, { body, tag: `${card.runId}:${card.status}`, icon: '/icon.svg' });
  notification.onclick = () => {
    window.focus();
    window.location.assign(`/workspaces/${card.workspaceId}/runs/${card.runId}`);
    notification.close();
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function notifyState(): NotifyState {
  if (!('Notification' in window) || !window.isSecureContext) return 'impossible';
  if (localStorage.getItem(WANTED) !== 'yes') return 'off';
  return Notification.permission === 'granted' ? 'on' : 'refused';
}
