'use client';

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import Link from 'next/link';
import { useSyncExternalStore } from 'react';
import type { Banner } from '@/contract/alert';
import { severityLooks } from '@/components/alerts/alert-looks';
import { useTRPC } from '@/components/trpc/trpc';
import { IconButton } from '@/components/ui/button';

const stored = 'anyon.banners.dismissed';
const MOST_STORED = 30;
const none = '[]';
const listeners = new Set<() => void>();

/** What blocks work or soon will, above every page. One that was put away comes back when there is something new to say. */
export function Banners() {
  const trpc = useTRPC();
  const banners = useQuery(trpc.alerts.banners.queryOptions(undefined, { refetchInterval: 60_000 }));
  const dismissed = readKeys(useSyncExternalStore(subscribe, readStored, () => none));
  return banners.data?.filter(({ key }) => !dismissed.includes(key)).map((banner) => <BannerRow key={banner.key} banner={banner} />);
}

function BannerRow({ banner: { key, severity, title, body, link } }: { banner: Banner }) {
  const { icon: Icon, color } = severityLooks[severity];
  return (
    <div role={severity === 'error' ? 'alert' : 'status'} className="flex items-start gap-2 border-b border-line bg-surface py-1.5 pr-2 pl-4 text-sm">
      <Icon aria-hidden className={clsx('mt-1.5 size-4 shrink-0', color)} />
      <p className="min-w-0 flex-1 py-1 [overflow-wrap:anywhere]">
        <strong className="font-semibold">{title}.</strong> <span className="max-sm:sr-only">{body}</span>{' '}
        {link && (
          <Link href={link} aria-label={`Look: ${title}`} className="font-medium text-accent underline underline-offset-2">
            Look
          </Link>
        )}
      </p>
      <IconButton label={`Hide: ${title}`} onClick={() => dismiss(key)}>
        <X aria-hidden />
      </IconButton>
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function readStored(): string {
  return localStorage.getItem(stored) ?? none;
}

function readKeys(text: string): string[] {
  try {
    const keys: unknown = JSON.parse(text);
    return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
  } catch {
    return [];
  }
}

function dismiss(key: string): void {
  localStorage.setItem(stored, JSON.stringify([...readKeys(readStored()), key].slice(-MOST_STORED)));
  for (const listener of listeners) listener();
}
