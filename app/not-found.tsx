import { Compass } from 'lucide-react';
import type { Metadata } from 'next';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <EmptyState icon={Compass} title="There is nothing at this address" action={<ButtonLink href="/workspaces" variant="primary">Go to your workspaces</ButtonLink>}>
        It may have been deleted, or the link is not complete.
      </EmptyState>
    </main>
  );
}
