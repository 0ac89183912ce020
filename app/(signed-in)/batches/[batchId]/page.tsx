import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { BatchPage } from '@/components/batches/batch-page';
import { batchIdInput } from '@/contract/batch';

export const metadata: Metadata = { title: 'Batch' };

export default async function Page({ params }: { params: Promise<{ batchId: string }> }) {
  const input = batchIdInput.safeParse(await params);
  if (!input.success) notFound();
  return <BatchPage batchId={input.data.batchId} />;
}
