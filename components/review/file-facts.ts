import type { PatchFile } from '@/components/review/parse-patch';
import { lacksNewline } from '@/components/review/parse-patch';
import { formatBytes } from '@/components/runs/run-figures';

const kinds: Record<string, string> = { '100644': 'file', '100755': 'file that can be run', '120000': 'link', '160000': 'submodule' };

/** What there is to say about a file beside its lines, in a few words each. */
export function fileFacts(file: PatchFile): string[] {
  const { status, oldMode, newMode, binary } = file;
  const facts: string[] = [];
  if (status === 'added' || status === 'deleted' || status === 'renamed') facts.push(status);
  if (status === 'retyped') facts.push(`${kinds[oldMode] ?? oldMode} → ${kinds[newMode] ?? newMode}`);
  else if (status === 'added' && newMode !== '100644') facts.push(kinds[newMode] ?? newMode);
  else if (status !== 'added' && status !== 'deleted' && oldMode !== newMode) facts.push(newMode === '100755' ? 'can be run now' : 'cannot be run any more');
  if (binary) facts.push(sizes(file));
  if (!binary && file.lines > 0 && lacksNewline(file)) facts.push('no newline at the end');
  return facts;
}

function sizes({ status, oldSize, newSize }: PatchFile): string {
  if (status === 'added') return `binary${newSize === null ? '' : `, ${formatBytes(newSize)}`}`;
  if (status === 'deleted') return `binary${oldSize === null ? '' : `, was ${formatBytes(oldSize)}`}`;
  return oldSize === null || newSize === null ? 'binary' : `binary, ${formatBytes(oldSize)} → ${formatBytes(newSize)}`;
}

/** What is shown where there are no lines. */
export function withoutLines({ binary, status, oldMode, newMode }: PatchFile): string {
  if (binary) return 'A binary file, or one that is too large to compare; there are no lines to show.';
  if (oldMode === '160000' || newMode === '160000') return 'A repository inside of this one. Its commit has changed.';
  if (status === 'renamed') return 'Renamed without a change.';
  if (status === 'added') return 'An empty file.';
  return status === 'deleted' ? 'It was an empty file.' : 'No lines changed.';
}
