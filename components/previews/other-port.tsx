'use client';

import { useState } from 'react';
import { previewOrigin, previewPortSchema } from '@/contract/preview';
import { OpenPreviewLink } from '@/components/previews/open-preview-link';
import { CopyButton } from '@/components/ui/copy-button';
import { Field, TextInput } from '@/components/ui/field';

/** Any other port: one on which nothing listens yet shows a page that waits for it. */
export function OtherPort({ workspaceId, base, isUsable }: { workspaceId: string; base: string | null; isUsable: boolean }) {
  const [text, setText] = useState('');
  const port = previewPortSchema.safeParse(/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);
  const error = text.trim() === '' || port.success ? undefined : port.error.issues[0]?.message;
  return (
    <div className="flex flex-wrap items-start gap-2">
      <div className="w-44">
        <Field label="Another port" error={error}>
          {(control) => <TextInput {...control} inputMode="numeric" maxLength={6} placeholder="8080" value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
      </div>
      <div className="mt-6 flex h-9 items-center gap-1">
        <OpenPreviewLink workspaceId={workspaceId} port={port.success ? port.data : 0} isUsable={isUsable && port.success} />
        {base !== null && port.success && <CopyButton text={`${previewOrigin(base, { workspaceId, port: port.data })}/`} label={`Copy the address of port ${port.data}`} />}
      </div>
    </div>
  );
}
