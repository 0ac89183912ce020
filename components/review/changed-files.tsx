'use client';

import { clsx } from 'clsx';
import { Check, Folder, MessageSquare } from 'lucide-react';
import { useState } from 'react';
import { anchorName } from '@/components/review/diff-file';
import { fileTree, filterFiles, type TreeNode } from '@/components/review/file-tree';
import type { PatchFile } from '@/components/review/parse-patch';
import { LineCount } from '@/components/runs/change-count';
import { TextInput } from '@/components/ui/field';

interface ChangedFilesProps {
  files: PatchFile[];
  isViewed: (file: PatchFile) => boolean;
  /** How many comments stand on a file. */
  countComments: (file: PatchFile) => number;
}

/** The changed files as a tree, each leading to its place in the diff. */
export function ChangedFiles({ files, isViewed, countComments }: ChangedFilesProps) {
  const [filter, setFilter] = useState('');
  const shown = filterFiles(files, filter);
  return (
    <nav aria-label="Changed files" className="flex max-h-60 min-h-0 shrink-0 flex-col gap-2 rounded-lg border border-line bg-surface py-2 @3xl:sticky @3xl:top-0 @3xl:max-h-full @3xl:w-64 @3xl:self-start">
      {files.length > 5 && (
        <div className="px-2">
          <TextInput type="search" aria-label="Filter the files by name" placeholder="Filter by name" value={filter} onChange={(event) => setFilter(event.target.value)} className="h-7! px-2! text-xs!" />
        </div>
      )}
      <ul className="min-h-0 overflow-y-auto">
        <Nodes nodes={fileTree(shown)} depth={0} isViewed={isViewed} countComments={countComments} />
      </ul>
      {shown.length === 0 && <p className="px-3 text-xs text-ink-faint">No file has such a name.</p>}
    </nav>
  );
}

type NodesProps = Pick<ChangedFilesProps, 'isViewed' | 'countComments'> & { nodes: TreeNode<PatchFile>[]; depth: number };

function Nodes({ nodes, depth, ...rest }: NodesProps) {
  return nodes.map((node) =>
    node.file === null ? (
      <li key={`folder ${node.path}`}>
        <span className="flex items-center gap-1.5 py-0.5 pr-3 font-mono text-xs text-ink-faint" style={{ paddingLeft: 12 + depth * 12 }}>
          <Folder aria-hidden className="size-3 shrink-0" />
          <span className="min-w-0 truncate" title={node.path}>
            {node.name}
          </span>
        </span>
        <ul>
          <Nodes nodes={node.children} depth={depth + 1} {...rest} />
        </ul>
      </li>
    ) : (
      <li key={node.file.id}>
        <FileLink file={node.file} name={node.name} depth={depth} {...rest} />
      </li>
    ),
  );
}

function FileLink({ file, name, depth, isViewed, countComments }: Omit<NodesProps, 'nodes'> & { file: PatchFile; name: string }) {
  const viewed = isViewed(file);
  const comments = countComments(file);
  return (
    <a
      href={`#${anchorName(file)}`}
      onClick={(event) => {
        event.preventDefault(); // the address stays that of the run
        focusFile(document.getElementById(anchorName(file)));
      }}
      className={clsx('flex items-center gap-1.5 py-1 pr-3 font-mono text-xs hover:bg-hover pointer-coarse:py-2.5', viewed && 'text-ink-faint')}
      style={{ paddingLeft: 12 + depth * 12 }}
    >
      <span className={clsx('min-w-0 flex-1 truncate', file.status === 'deleted' && 'line-through')} title={file.path}>
        {name}
      </span>
      {comments > 0 && (
        <span className="flex items-center gap-0.5 text-accent" title={`${comments} comments`}>
          <MessageSquare aria-hidden className="size-3" />
          {comments}
        </span>
      )}
      {viewed && <Check role="img" aria-label="viewed" className="size-3" />}
      {file.binary ? <span className="text-ink-faint">binary</span> : <LineCount additions={file.additions} deletions={file.deletions} />}
    </a>
  );
}

/** Brings a file into view and puts the keyboard there. */
export function focusFile(section: Element | null): void {
  section?.scrollIntoView({ block: 'start' });
  section?.querySelector<HTMLElement>('[data-file-head]')?.focus({ preventScroll: true });
}
