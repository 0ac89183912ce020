/** A folder or a file in the list of changed files. */
export interface TreeNode<File> {
  /** Of a folder: with the folders below it that hold nothing else. */
  name: string;
  /** The whole path. */
  path: string;
  /** Null for a folder. */
  file: File | null;
  children: TreeNode<File>[];
}

/** Files as a tree, folders first, each level by name; a folder that holds one folder and nothing else is one with it. */
export function fileTree<File extends { path: string }>(files: readonly File[]): TreeNode<File>[] {
  const root: TreeNode<File> = { name: '', path: '', file: null, children: [] };
  const folders = new Map<string, TreeNode<File>>([['', root]]);
  for (const file of files) {
    const cut = file.path.lastIndexOf('/');
    const parent = folderOf(file.path.slice(0, Math.max(cut, 0)), folders);
    parent.children.push({ name: file.path.slice(cut + 1) || file.path, path: file.path, file, children: [] });
  }
  return sorted(root).children.map(joined);
}

function folderOf<File>(path: string, folders: Map<string, TreeNode<File>>): TreeNode<File> {
  const known = folders.get(path);
  if (known) return known;
  const cut = path.lastIndexOf('/');
  const folder: TreeNode<File> = { name: path.slice(cut + 1), path, file: null, children: [] };
  folderOf(path.slice(0, Math.max(cut, 0)), folders).children.push(folder);
  folders.set(path, folder);
  return folder;
}

function sorted<File>(node: TreeNode<File>): TreeNode<File> {
  const children = node.children.map(sorted).sort((one, other) => Number(one.file !== null) - Number(other.file !== null) || one.name.localeCompare(other.name));
  return { ...node, children };
}

function joined<File>(node: TreeNode<File>): TreeNode<File> {
  const [only] = node.children;
  if (node.file === null && only && node.children.length === 1 && only.file === null) return joined({ ...only, name: `${node.name}/${only.name}` });
  return { ...node, children: node.children.map(joined) };
}

/** The files in the order in which the tree shows them. */
export function inTreeOrder<File>(nodes: readonly TreeNode<File>[]): File[] {
  return nodes.flatMap((node) => (node.file !== null ? [node.file] : inTreeOrder(node.children)));
}

/** Those whose path, or earlier path, holds all of the words. */
export function filterFiles<File extends { path: string; from: string | null }>(files: readonly File[], text: string): File[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter(({ path, from }) => words.every((word) => `${path}\n${from ?? ''}`.toLowerCase().includes(word)));
}
