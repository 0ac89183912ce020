import type { Metadata } from 'next';
import { RemovedWorkspacesPage } from '@/components/removed/removed-workspaces-page';

export const metadata: Metadata = { title: 'Deleted workspaces' };

export default function Page() {
  return <RemovedWorkspacesPage />;
}
