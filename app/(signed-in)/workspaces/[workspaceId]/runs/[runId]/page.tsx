import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { RunPage } from '@/components/runs/run-page';
import { runIdInput } from '@/contract/run';
import { workspaceIdInput } from '@/contract/workspace';

export const metadata: Metadata = { title: 'Run' };

export default async function Page({ params }: { params: Promise<{ workspaceId: string; runId: string }> }) {
  const ids = workspaceIdInput.and(runIdInput).safeParse(await params);
  if (!ids.success) notFound();
  return <RunPage workspaceId={ids.data.workspaceId} runId={ids.data.runId} />;
}
