import { clsx } from 'clsx';
import { useId, type ComponentProps, type ReactNode } from 'react';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
  /** Where a heading says it already. */
  labelHidden?: boolean;
  children: (control: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => ReactNode;
}

/** A labelled control with its hint, or the sentence that says what is wrong with it. */
export function Field({ label, hint, error, optional = false, labelHidden = false, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={labelHidden ? 'sr-only' : 'flex items-baseline justify-between gap-2 text-sm font-medium'}>
        {label}
        {optional && !labelHidden && <span className="text-xs font-normal text-ink-faint">optional</span>}
      </label>
      {children({ id, 'aria-describedby': note ? noteId : undefined, 'aria-invalid': error ? true : undefined })}
      {note && (
        <p id={noteId} role={error ? 'alert' : undefined} className={clsx('text-xs', error ? 'text-state-failed' : 'text-ink-faint')}>
          {note}
        </p>
      )}
    </div>
  );
}

const look = 'w-full rounded-md border border-control bg-surface px-3 text-base text-ink aria-[invalid=true]:border-state-failed max-sm:text-[16px]';

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input autoComplete="off" spellCheck={false} {...rest} className={clsx(look, 'h-9', className)} />;
}

export function SelectInput({ className, ...rest }: ComponentProps<'select'>) {
  return <select {...rest} className={clsx(look, 'h-9 pr-8', className)} />;
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea {...rest} className={clsx(look, 'py-2', className)} />;
}
