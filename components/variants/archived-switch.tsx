'use client';

import { Archive } from 'lucide-react';
import { Button } from '@/components/ui/button';

/** Whether a list shows the variants that were put out of the way when another one was chosen. */
export function ArchivedSwitch({ shown, onChange }: { shown: boolean; onChange: (shown: boolean) => void }) {
  return (
    <Button size="small" variant="quiet" aria-pressed={shown} icon={<Archive aria-hidden className="size-3.5" />} title="Variants that were not chosen" onClick={() => onChange(!shown)}>
      {shown ? 'Hide archived' : 'Show archived'}
    </Button>
  );
}
