import type { Metadata } from 'next';
import { ApiReference } from '@/components/api-reference/api-reference';
import { env } from '@/server/env';
import { openApiDocument } from '@/server/trpc/public-api/openapi-document';

export const metadata: Metadata = { title: 'API reference' };

export default function Page() {
  return <ApiReference document={openApiDocument(env().publicUrl)} />;
}
