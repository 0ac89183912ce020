import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const root = path.resolve(import.meta.dirname, '../..');

/** A source file of the project: its path from the root, and its text without comments. */
export interface SourceFile {
  file: string;
  code: string;
}

const places = ['app', 'cli', 'components', 'contract', 'server', 'db', 'docker', 'scripts'];
const source = /\.(ts|tsx|mjs|js)$/;

/** The product's source files; tests beside them and declarations are left out. */
export function productFiles(...rooms: string[]): SourceFile[] {
  const files = (rooms.length > 0 ? rooms : places).flatMap((room) => filesBelow(room));
  const doors = rooms.length > 0 ? [] : ['proxy.ts', 'instrumentation.ts'];
  return [...files, ...doors].filter((file) => source.test(file) && !/\.(test|d)\.(tsx?|mjs)$/.test(file)).map((file) => ({ file, code: withoutComments(readFileSync(path.join(root, file), 'utf8')) }));
}

function filesBelow(room: string): string[] {
  return readdirSync(path.join(root, room), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

/** Block comments and whole-line comments go; a `//` behind code stays, for it may stand in a text (`https://`). */
export function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
