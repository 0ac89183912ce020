import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { VariantsPage } from '@/components/variants/variants-page';
import { variantGroupInput } from '@/contract/variant';

export const metadata: Metadata = { title: 'Variants' };

export default async function Page({ params }: { params: Promise<{ groupId: string }> }) {
  const input = variantGroupInput.safeParse(await params);
  if (!input.success) notFound();
  return <VariantsPage groupId={input.data.groupId} />;
}
