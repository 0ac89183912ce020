'use client';

import type { ReactNode } from 'react';
import { useFormStatus } from 'react-dom';
import { Button } from '@/components/ui/button';

/** The button of a form that a server action handles. Works before the page's scripts have loaded, too. */
export function SubmitButton({ waiting, children }: { waiting: string; children: ReactNode }) {
  const { pending } = useFormStatus();
  return (
    <Button type="submit" variant="primary" busy={pending}>
      {pending ? waiting : children}
    </Button>
  );
}
