import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { WorkspacePage } from '@/components/workspace/workspace-page';
import { workspaceIdInput } from '@/contract/workspace';

export const metadata: Metadata = { title: 'Workspace' };

export default async function Page({ params }: { params: Promise<{ workspaceId: string }> }) {
  const input = workspaceIdInput.safeParse(await params);
  if (!input.success) notFound();
  return <WorkspacePage workspaceId={input.data.workspaceId} />;
}
