'use client';

import { FailurePage } from '@/components/frame/failure-page';

export default function SignedInError(props: { error: Error & { digest?: string }; reset: () => void }) {
  return <FailurePage {...props} />;
}
