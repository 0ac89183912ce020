'use client';

import { useId, useState, type ClipboardEvent } from 'react';
import { Checkbox } from '@/components/ui/checkbox';
import { Field, TextArea, TextInput } from '@/components/ui/field';

interface SecretValueFieldProps {
  value: string;
  error: string | undefined;
  autoFocus: boolean;
  onChange: (value: string) => void;
}

/** Takes a secret without showing it. One that has several lines is kept with them: the browser's password field would drop its line ends. */
export function SecretValueField({ value, error, autoFocus, onChange }: SecretValueFieldProps) {
  const [hasLines, setHasLines] = useState(false);
  const linesId = useId();
  const paste = (event: ClipboardEvent) => {
    const text = event.clipboardData.getData('text');
    if (!/[\r\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    setHasLines(true);
    onChange(text);
  };
  const shared = { autoComplete: 'off', autoFocus, value, className: 'font-mono' };
  return (
    <div className="flex flex-col gap-2">
      <Field label="Value" error={error} hint="From 8 bytes to 16 KiB: shorter ones cannot be masked in logs.">
        {(control) =>
          hasLines ? (
            <TextArea {...control} {...shared} rows={5} spellCheck={false} className="font-mono [-webkit-text-security:disc]" onChange={(event) => onChange(event.target.value)} />
          ) : (
            <TextInput {...control} {...shared} type="password" onPaste={paste} onChange={(event) => onChange(event.target.value)} />
          )
        }
      </Field>
      <div className="flex items-center gap-2 text-sm text-ink-soft">
        <Checkbox id={linesId} label="Has several lines" checked={hasLines} onChange={(event) => setHasLines(event.target.checked)} />
        <label htmlFor={linesId}>Has several lines</label>
      </div>
    </div>
  );
}
