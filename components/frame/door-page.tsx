import type { ReactNode } from 'react';
import { Wordmark } from '@/components/frame/wordmark';

/** The page of somebody who is not in yet: one narrow column in the middle. */
export function DoorPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="flex w-full max-w-sm flex-col gap-6">
        <Wordmark />
        <section className="flex flex-col gap-4 rounded-xl border border-line bg-surface p-6">
          <h1 className="text-xl font-semibold">{title}</h1>
          {children}
        </section>
      </div>
    </main>
  );
}
